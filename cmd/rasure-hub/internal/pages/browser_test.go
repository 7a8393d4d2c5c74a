//go:build browser

package pages

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/login"
)

// TestBrowser walks the pages in Chromium: in both languages, on a wide and a narrow screen, and on paper. RASURE_PICTURES=DIR keeps pictures.
func TestBrowser(t *testing.T) {
	s := fleetOf(t, &login.Rules{})
	s.invent()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	b := &browser{t, ctx, server.URL}
	var mu sync.Mutex
	elsewhere := []string{}
	hubtest.Check(t, chromedp.Listen(ctx, func(event any) {
		if r, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(r.Request.URL, server.URL+"/") && !strings.HasPrefix(r.Request.URL, "data:") { // the icons of Chromium
			mu.Lock()
			defer mu.Unlock()
			elsewhere = append(elsewhere, r.Request.URL)
		}
	}))
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		return err
	})
	for _, width := range []int64{1280, 360} {
		b.call(func(ctx context.Context) error {
			_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
			return err
		})
		for _, lang := range []string{"en", "zh"} {
			for name, path := range map[string]string{"overview": "/", "search": "/search?q=D-1", "medium": "/medium?number=S-1", "shared": "/medium?serial=D-1", "stations": "/stations", "station": "/station/" + s.ids[1],
				"findings": "/findings", "outside": "/outside", "certificate": "/entry/" + s.ids[0] + "/2", "act": "/entry/" + s.ids[4] + "/10", "hostile": "/station/" + s.ids[2], "long": "/medium?of=" + s.ids[2] + ":4",
				"paper": "/entry/" + s.ids[0] + "/2/page", "failure": "/medium?serial=nothing"} {
				b.open(path, lang)
				b.shot(fmt.Sprintf("%s-%s-%d", name, lang, width))
				if over := eval[int64](b, "document.documentElement.scrollWidth"); over > width && name != "paper" {
					t.Errorf("%s in %s is %d wide, more than %d", path, lang, over, width)
				}
				if width == 1280 {
					b.pdf(fmt.Sprintf("%s-%s", name, lang))
				}
			}
		}
	}
	b.open("/", "en")
	b.walk()
	mu.Lock()
	defer mu.Unlock()
	if len(elsewhere) > 0 {
		t.Errorf("the pages asked for %q", elsewhere)
	}
}

type browser struct {
	*testing.T
	ctx context.Context
	url string
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) call(f func(context.Context) error) {
	b.Helper()
	if err := f(b.ctx); err != nil {
		b.Fatal(err)
	}
}

func eval[T any](b *browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// open loads a page in a language.
func (b *browser) open(path, lang string) {
	b.Helper()
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	b.do(chromedp.Navigate(b.url + path + join + "lang=" + lang))
}

// walk uses the keyboard only: the first stop leads past the navigation, each stop can be seen, and Enter in the field searches.
func (b *browser) walk() {
	b.Helper()
	b.do(chromedp.KeyEvent("\t"))
	if got := eval[string](b, "document.activeElement.className"); got != "skip" {
		b.Errorf("the first stop is %q", got)
	}
	if left := eval[float64](b, "document.activeElement.getBoundingClientRect().left"); left < 0 {
		b.Error("the link to the content is not shown while it has the focus")
	}
	b.do(chromedp.KeyEvent("\t"))
	if got := eval[string](b, "document.activeElement.id"); got != "q" {
		b.Errorf("the second stop is %q", got)
	}
	b.do(chromedp.KeyEvent("D-1\r"), chromedp.WaitVisible(chromedp.CSS("#found")))
	if got := eval[string](b, "document.querySelector('#found').textContent"); !strings.Contains(got, "4 entries with D-1") {
		b.Errorf("the search found %q", got)
	}
	if n := eval[int64](b, "document.querySelectorAll('main').length * document.querySelectorAll('h1').length * document.querySelectorAll('nav[aria-label]').length"); n < 1 {
		b.Error("landmarks are missing")
	}
	if bare := eval[int64](b, `[...document.querySelectorAll('input:not([type=hidden]),select')].filter((e) => e.labels.length === 0).length`); bare > 0 {
		b.Errorf("%d fields have no label", bare)
	}
}

func (b *browser) keep(name string, data []byte, err error) {
	b.Helper()
	dir := os.Getenv("RASURE_PICTURES")
	if err == nil && dir != "" {
		err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (b *browser) shot(name string) {
	b.Helper()
	if os.Getenv("RASURE_PICTURES") == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.keep(name+".png", png, err)
}

// pdf prints a page, and holds that it has at least one page of paper.
func (b *browser) pdf(name string) {
	b.Helper()
	r, err := chromedp.Call(b.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		b.Fatal(err)
	}
	b.keep(name+".pdf", r.Data, nil)
	if !strings.HasPrefix(string(r.Data), "%PDF-") {
		b.Errorf("%s is no PDF", name)
	}
}
