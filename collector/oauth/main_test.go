package oauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestMain(m *testing.M) { schematest.Main(m) }

var start = time.Date(2024, 6, 1, 9, 30, 0, 0, time.UTC)

const redirect = "http://office.example/connections/callback/x"

// An eavesdropper is a transport that remembers every secret that a platform
// gave, and how often each path was asked.
type eavesdropper struct {
	inner http.RoundTripper

	mu      sync.Mutex
	secrets []string
	asked   map[string]int
	block   func(*http.Request) error // before the request is sent
	cut     func(*http.Request) error // after the platform answered
}

func (e *eavesdropper) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	if e.asked == nil {
		e.asked = map[string]int{}
	}
	e.asked[r.URL.Path]++
	before, after := e.block, e.cut
	e.mu.Unlock()
	if before != nil {
		if err := before(r); err != nil {
			return nil, err
		}
	}
	resp, err := e.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	e.remember(b)
	if after != nil {
		if err := after(r); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

func (e *eavesdropper) remember(body []byte) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, x := range v {
				if s, ok := x.(string); ok && (key == "access_token" || key == "refresh_token") {
					e.secrets = append(e.secrets, s)
				}
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
}

func (e *eavesdropper) times(path string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked[path]
}

func (e *eavesdropper) change(edit func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	edit()
}

// quiet is a log that is kept, to be searched for secrets.
type quiet struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (q *quiet) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.Write(p)
}

func (q *quiet) String() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.String()
}

// An office is our side: a vault, a log, and the way to the platforms.
type office struct {
	t     *testing.T
	clock *sandboxtest.Clock
	vault *schema.Vault
	lock  schema.Lock
	log   *quiet
	ears  *eavesdropper
	said  []string // errors, and everything else that was shown
	hide  []string // secrets of our own: of the applications, codes, verifiers
}

func newOffice(t *testing.T, clock *sandboxtest.Clock) *office {
	t.Helper()
	keys, err := schema.ParseKeyring(schema.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	o := &office{t: t, clock: clock, lock: locks(), log: new(quiet), ears: &eavesdropper{inner: transport},
		vault: &schema.Vault{Store: schematest.Open(t), Keys: keys, Now: clock.Now}}
	t.Cleanup(func() { o.search() })
	return o
}

func (o *office) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (o *office) http() *http.Client { return &http.Client{Transport: o.ears} }

// tokens returns what one process has.
func (o *office) tokens(apps oauth.Apps) *oauth.Tokens {
	o.t.Helper()
	apps.HTTP, apps.Now, apps.Skew, apps.Log = o.http(), o.clock.Now, time.Hour, o.logger()
	flows, err := apps.Flows()
	if err != nil {
		o.t.Fatal(err)
	}
	return &oauth.Tokens{Vault: o.vault, Flows: flows, Lock: o.lock, Now: o.clock.Now, Log: o.logger()}
}

// say notes an error, so that it is searched too.
func (o *office) say(err error) error {
	if err != nil {
		o.said = append(o.said, err.Error(), fmt.Sprintf("%+v", err))
	}
	return err
}

// search holds everything that was written against every secret there was.
func (o *office) search() {
	o.t.Helper()
	var rows []schema.Credential
	// The test's own context has ended.
	if err := o.vault.Store.Conn.Select(context.Background(), &rows, "SELECT * FROM credentials"); err != nil {
		o.t.Errorf("read the table: %v", err)
	}
	written := map[string]string{
		"the log": o.log.String(), "an error": strings.Join(o.said, "\n"), "the table of credentials": fmt.Sprintf("%+v", rows),
	}
	secrets := slices.Concat(o.ears.secrets, o.hide)
	for where, text := range written {
		for _, s := range secrets {
			if len(s) >= 6 && (strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s))) {
				o.t.Errorf("%s holds the secret %q", where, s)
			}
		}
	}
}

// locks is a Lock within this process.
func locks() schema.Lock {
	var mu sync.Mutex
	held := map[string]bool{}
	return func(_ context.Context, name string) (func(), bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if held[name] {
			return nil, false, nil
		}
		held[name] = true
		return func() { mu.Lock(); defer mu.Unlock(); delete(held, name) }, true, nil
	}
}

// permit goes to the platform's page like a browser, as the owner that hint
// names, and returns what comes back.
func (o *office) permit(address, hint string) url.Values {
	o.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		o.t.Fatal(err)
	}
	q := u.Query()
	q.Set("login_hint", hint)
	u.RawQuery = q.Encode()
	client := o.http()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(u.String())
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		b, _ := io.ReadAll(resp.Body)
		o.t.Fatalf("the platform did not send back: status %d, %s", resp.StatusCode, b)
	}
	if !strings.HasPrefix(back.String(), redirect+"?") {
		o.t.Fatalf("sent back to %s", back)
	}
	o.hide = append(o.hide, back.Query().Get("code"))
	return back.Query()
}

const verifier = "VERIFIER-0123456789-0123456789-0123456789-012"

// connect connects the account as the owner that hint names.
func (o *office) connect(tokens *oauth.Tokens, a schema.Account, hint string) (schema.Credential, error) {
	o.t.Helper()
	c := oauth.Connections{Tokens: tokens}
	address, err := c.AuthorizeURL(a, "STATE", verifier, redirect)
	if err != nil {
		o.t.Fatal(err)
	}
	if strings.Contains(address, verifier) {
		o.t.Error("the verifier leaves in the address")
	}
	o.hide = append(o.hide, verifier)
	back := o.permit(address, hint)
	if back.Get("state") != "STATE" {
		o.t.Fatalf("state %q came back", back.Get("state"))
	}
	credential, err := c.Connect(o.t.Context(), a, back.Get("code"), verifier, redirect, "p1")
	return credential, o.say(err)
}
