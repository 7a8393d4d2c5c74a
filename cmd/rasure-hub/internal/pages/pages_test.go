package pages

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// evil is what a drive may report as its serial number.
const evil = `"><script>alert(1)</script>&<b>` + "\u202egnp.exe\u200b"

// served is a hub with stations whose logs have something to show.
type served struct {
	*Pages
	t   *testing.T
	ids []string // of the stations
	now time.Time
}

// fleetOf receives the logs of: an honest station, one that has a disk of the first one and findings, one with hostile serial numbers, an office
// with media and people, and one that never sent anything.
func fleetOf(t *testing.T, rules *login.Rules) *served {
	t.Helper()
	one, two, bad, quiet := hubtest.New(t, "one.example"), hubtest.New(t, "two.example"), hubtest.New(t, "bad.example"), hubtest.New(t, "quiet.example")
	for i := range 60 {
		one.Erase(fmt.Sprintf("D-%d", i))
	}
	two.Erase("D-1")
	two.PassKey = make([]byte, 32)
	two.Erase("T-1")
	two.Erase("T-2") // with the key of another job: a finding
	bad.Erase(evil)
	bad.Erase(strings.Repeat("9", 10_000))
	office, stick := hubtest.FromFiles(t, "../../../../certify/testdata/v2/office")
	s := &served{t: t, now: hubtest.Start.AddDate(0, 0, 7)}
	dir := hubtest.NewDir(t)
	roster := append(hubtest.Roster(t, one, two, bad, quiet), office)
	h := hubtest.Open(t, hub.Options{Dir: dir, Stations: roster, Now: func() time.Time { return s.now }})
	for _, st := range []*hubtest.Station{one, two, bad} {
		s.receive(h, st.Submit(0))
	}
	s.receive(h, stick)
	for _, r := range roster {
		s.ids = append(s.ids, r.ID())
	}
	var err error
	s.Pages, err = New(h, Options{Dir: dir, Rules: rules, Zone: time.UTC, Now: func() time.Time { return s.now }})
	hubtest.Check(t, err)
	return s
}

func (s *served) receive(h *hub.Hub, dir string) {
	s.t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, witness.RequestFile))
	hubtest.Check(s.t, err)
	a, err := h.Receive(s.t.Context(), body, durable.FS(dir))
	if err != nil || a.Status != fleet.Cosigned {
		s.t.Fatalf("Receive = %+v, %v", a, err)
	}
}

// get asks from this machine.
func (s *served) get(path string, header ...string) *http.Response {
	s.t.Helper()
	q := httptest.NewRequest("GET", path, nil)
	q.RemoteAddr, q.Host = "127.0.0.1:40000", "localhost:8080"
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	return w.Result()
}

func (s *served) body(path string, header ...string) string {
	s.t.Helper()
	r := s.get(path, header...)
	text, err := io.ReadAll(r.Body)
	hubtest.Check(s.t, err)
	if r.StatusCode != http.StatusOK {
		s.t.Errorf("%s: %s\n%.600s", path, r.Status, text)
	}
	return string(text)
}

// addresses are pages of every kind.
func (s *served) addresses() []string {
	return []string{"/", "/?days=365", "/search", "/search?q=D-1", "/search?day=2026-05-01&outcome=verified", "/search?q=nothing", "/search?kind=certificate", "/search?kind=certificate&page=2",
		"/medium?serial=D-1", "/medium?number=S-1", "/medium?of=" + s.ids[2] + ":2", "/medium?of=" + s.ids[2] + ":4", "/stations", "/station/" + s.ids[0], "/station/" + s.ids[1], "/station/" + s.ids[2],
		"/station/" + s.ids[3], "/station/" + s.ids[4], "/findings", "/findings?station=" + s.ids[1], "/outside", "/entry/" + s.ids[0] + "/0", "/entry/" + s.ids[0] + "/2", "/entry/" + s.ids[2] + "/2",
		"/entry/" + s.ids[2] + "/4", "/entry/" + s.ids[4] + "/0", "/entry/" + s.ids[4] + "/2", "/entry/" + s.ids[4] + "/7", "/entry/" + s.ids[4] + "/10", "/entry/" + s.ids[4] + "/1"}
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	office := "/entry/" + s.ids[4]
	for path, wants := range map[string][]string{
		"/":                                   {"<h1>Overview</h1>", `<dd><a href="/stations">5</a></dd>`, "WDC WD800JD", `aria-current="page">Overview`},
		"/search?q=d-1":                       {"4 entries with d-1", "one.example", "two.example", "certificate of an erasure"},
		"/search?number=S-1":                  {"entries", "registration of a medium", "zhao"},
		"/search?person=zhao&kind=handover":   {"1 entry", "handover of media"},
		"/search?day=2026-05-01&serial=D-0":   {"2 entries"},
		"/search?day=2026-05-01&serial=D-59":  {"0 entries", "Nothing found."},
		"/search?kind=certificate":            {"Page 1 of 2", `href="/search?kind=certificate&amp;page=2"`},
		"/search?kind=certificate&page=99":    {"Page 2 of 2", `rel="prev"`},
		"/medium?serial=D-1":                  {"The logs of 2 stations have this medium.", "ERASED", "in no register"},
		"/medium?number=s-1":                  {"WD-S-1", "In the register of", "qian", "entry 10", "statement of a witness", "technical check"},
		"/medium?serial=WD-S-1":               {"In the register of", "qian"},
		"/stations":                           {"quiet.example", "never", "in a TPM, by its own word"},
		"/station/" + s.ids[0]:                {"Last seen", "tpm-unverified", "it was 40 when the log began"},
		"/station/" + s.ids[1]:                {"Open findings: 2", "key-reused", "serial-elsewhere"},
		"/station/" + s.ids[3]:                {"never"},
		"/findings":                           {"What audits object to", "two.example", "at two stations"},
		"/entry/" + s.ids[0] + "/2":           {"ERASED", "WDC WD800JD", "rasure/certificate/v1"},
		office + "/10":                        {"handover", "These media changed hands between us."},
		"/search?q=D-1&lang=zh":               {`<html lang="zh-CN">`, "已消除", `href="/stations?lang=zh"`, `name="lang" value="zh"`},
		"/medium?serial=D-1&lang=zh":          {"序列号"},
		"/entry/" + s.ids[0] + "/2/page":      {"Certificate of erasure", "D-0"},
		"/entry/" + s.ids[0] + "/2/signed":    {"rasure/certificate/v1\n"},
		"/entry/" + s.ids[0] + "/2/proof":     {"c2sp.org/tlog-proof@v1\n", "hub.example"},
		office + "/7/page":                    {"Certificate of erasure", "WD-S-1"},
		"/medium?of=" + s.ids[2] + ":4":       {strings.Repeat("9", 10_000)},
		"/search?kind=begin&outcome=verified": {"0 entries"},
	} {
		text := s.body(path)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%.3000s", path, want, text)
			}
		}
	}
	for path, want := range map[string]int{"/nowhere": 404, "/medium": 400, "/medium?serial=nothing": 404, "/medium?of=x:1": 404, "/station/x": 404, "/entry/x/1": 404, "/entry/" + s.ids[0] + "/999": 404,
		"/entry/" + s.ids[0] + "/-1": 404, "/entry/" + s.ids[0] + "/01": 404, "/entry/" + s.ids[0] + "/1/page": 404, "/entry/" + s.ids[0] + "/2/other": 404, "/entry/" + s.ids[3] + "/0": 404} {
		if got := s.get(path).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

// TestSafe holds what a browser relies on: nothing from elsewhere, no script, no markup of a stranger, no character that hides or turns.
func TestSafe(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	forbidden := regexp.MustCompile(`(?i)<script|<b>|<img|<iframe|javascript:|\son[a-z]+=|style=|https?://|[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)
	for _, path := range s.addresses() {
		for _, lang := range []string{"en", "zh-CN"} {
			r := s.get(path, "Accept-Language", lang)
			text, err := io.ReadAll(r.Body)
			hubtest.Check(t, err)
			if found := forbidden.FindString(string(text)); found != "" || r.StatusCode != 200 {
				t.Errorf("%s: %d, has %q", path, r.StatusCode, found)
			}
			if got := r.Header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("%s: policy %q", path, got)
			}
			if len(text) > 1<<18 {
				t.Errorf("%s has %d bytes", path, len(text))
			}
		}
	}
	if text := s.body("/entry/" + s.ids[2] + "/2/page"); strings.Contains(text, "<script") || strings.ContainsRune(text, '\u202e') {
		t.Error("the printed page has what the drive reported")
	}
}

// TestLanguages holds that pages say nothing that is not in the catalogs.
func TestLanguages(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	fixed, marked := regexp.MustCompile(`(?s)<(h1|h2|dt|label|summary|caption|button|option|th scope="col"[^>]*|p class="note[^>]*|a class="[^>]*|a href="/[^/"?]*"[^>]*)>(.*?)</`), regexp.MustCompile(`⟦[^⟦⟧]*⟧|⟨[^⟨⟩]*⟩|<[^>]*>|\([a-z-]+\)`)
	for _, path := range s.addresses() {
		g := s.asked(path)
		g.Lang = message.Marked
		var out strings.Builder
		hubtest.Check(t, templates[g.Name].ExecuteTemplate(&out, "layout", g))
		found := fixed.FindAllStringSubmatch(out.String(), -1)
		if len(found) < 8 {
			t.Errorf("%s has only %d texts", path, len(found))
		}
		for _, m := range found {
			text := m[2]
			for before := ""; before != text; {
				before, text = text, marked.ReplaceAllString(text, "")
			}
			if regexp.MustCompile(`[A-Za-z]{2}`).MatchString(text) && text != "SHA-256" {
				t.Errorf("%s: %q is in no catalog", path, m[0])
			}
		}
	}
	sentence := regexp.MustCompile(`\.T "((?:[^"\\]|\\.)*)"`)
	names, err := files.ReadDir("templates")
	hubtest.Check(t, err)
	for _, f := range names {
		text, err := files.ReadFile("templates/" + f.Name())
		hubtest.Check(t, err)
		for _, m := range sentence.FindAllStringSubmatch(string(text), -1) {
			if zh := (message.Text{Format: m[1]}).In(message.Chinese); zh == m[1] && regexp.MustCompile(`[A-Za-z]{2}`).MatchString(m[1]) {
				t.Errorf("%s: no Chinese: %q", f.Name(), m[1])
			}
		}
	}
}

// asked is the page of an address, before it is written.
func (s *served) asked(path string) *Page {
	s.t.Helper()
	var g *Page
	r := httptest.NewRequest("GET", path, nil)
	mux := http.NewServeMux()
	for pattern, f := range s.routes() {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			g = s.page(w, r)
			var err error
			g.Data, err = f(g)
			hubtest.Check(s.t, err)
		})
	}
	mux.ServeHTTP(httptest.NewRecorder(), r)
	if g == nil {
		s.t.Fatalf("%s: no page", path)
	}
	return g
}

func TestJSON(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	for _, path := range s.addresses() {
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		r := s.get(path + join + "format=json&lang=zh")
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", path, err)
		}
	}
	var life Life
	hubtest.Check(t, json.NewDecoder(s.get("/medium?number=S-1&format=json").Body).Decode(&life))
	if len(life.States) != 1 || life.States[0].Custodian != "qian" || life.States[0].Class != "confidential" || life.Outcome != "verified" || len(life.Events) != 8 {
		t.Errorf("the life of S-1: %+v", life)
	}
	if r := s.get("/medium?number=S-404&format=json"); r.StatusCode != 404 {
		t.Errorf("no such medium: %s", r.Status)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	q := httptest.NewRequest("GET", "/stations", nil)
	q.RemoteAddr, q.Host = "192.0.2.1:1", "localhost"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "one.example") {
		t.Errorf("somebody elsewhere gets %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/", "/style.css", "/entry/" + s.ids[0] + "/2/signed"} {
		if r := s.get(path); r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]message.Language{"": "en", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-US,en;q=0.9,zh;q=0.8": "en", "fr,zh;q=0.3": "zh", "de": "en", "x-marked": "en", "en;q=x,zh;q=0.1": "zh"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", accept)
		if got := languageOf(r); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
	if got := languageOf(httptest.NewRequest("GET", "/?lang=zh", nil)); got != message.Chinese {
		t.Errorf("?lang=zh: %s", got)
	}
}
