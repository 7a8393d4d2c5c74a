//go:build browser

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFirefox has Firefox open the page from a file and verify the sample. Firefox takes its picture when everything is loaded, which the page
// is before it has verified. So a copy waits for a picture of ours, which comes once the copy has said what it shows; to say it, it needs the
// network, which the policy of the page forbids.
func TestFirefox(t *testing.T) {
	firefox, err := exec.LookPath("firefox-esr")
	if err != nil {
		t.Skip("firefox-esr is not installed")
	}
	said, shown := make(chan string, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/said":
			said <- r.URL.Query().Get("text")
			close(shown)
		case "/wait":
			select {
			case <-shown:
			case <-r.Context().Done():
			}
		}
	}))
	defer server.Close()
	text, err := os.ReadFile(strings.TrimPrefix(page(t), "file://"))
	if err != nil {
		t.Fatal(err)
	}
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	if !policy.Match(text) {
		t.Fatal("the page has no policy")
	}
	copied := policy.ReplaceAll(text, []byte(fmt.Sprintf(`<img src="%s/wait" alt="" hidden><script>
const watch = setInterval(() => {
	const frame = document.querySelector("iframe[data-loaded]");
	if (!frame && !document.querySelector(".answer.bad")) return;
	clearInterval(watch);
	const says = document.querySelector(".answer").textContent;
	requestAnimationFrame(() => requestAnimationFrame(() => { new Image().src = "%[1]s/said?text=" + encodeURIComponent(says.slice(0, 3000)); }));
}, 50);
</script>`, server.URL)))
	dir := t.TempDir()
	file, picture := filepath.Join(dir, "copy.html"), filepath.Join(dir, "firefox.png")
	if err := os.WriteFile(file, copied, 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), firefox, "--headless", "--profile", dir, "--window-size=1000,2300", "--screenshot", picture, "file://"+file+"#sample")
	c.Env = append(os.Environ(), "HOME="+dir)
	c.WaitDelay = time.Second
	ended := make(chan error, 1)
	go func() {
		out, err := c.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		ended <- err
	}()
	select {
	case says := <-said:
		for _, want := range []string{"erased.cert", "✓ Genuine", "outcome    verified"} {
			if !strings.Contains(says, want) {
				t.Errorf("Firefox shows %q", says)
			}
		}
	case err := <-ended:
		t.Fatalf("Firefox ended before the page had verified: %v", err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	png, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("RASURE_PICTURES"); keep != "" {
		if err := os.WriteFile(filepath.Join(keep, "firefox.png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
