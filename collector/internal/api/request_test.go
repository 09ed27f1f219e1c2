package api

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func TestPostJSON(t *testing.T) {
	var got *http.Request
	var body []byte
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Write([]byte(`{"echo":"` + strings.ReplaceAll(token, "/", `\/`) + `"}`))
	})
	const sent = `{"cursor":1643332803000,"refresh_token":"LEAK1234","max_count":20}`
	a, err := c.PostJSON(t.Context(), u, token, []byte(sent))
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || string(body) != sent || got.ContentLength != int64(len(sent)) || got.Header.Get("Content-Type") != "application/json" ||
		got.Header.Get("Authorization") != "Bearer "+token || got.Header["Idempotency-Key"] != nil {
		t.Errorf("%s with %s, %v", got.Method, body, got.Header)
	}
	raw := a.Raw(schema.Account{}, "")
	if want := "POST " + u.String() + ` {"cursor":1643332803000,"refresh_token":"MASKED","max_count":20}`; raw.Request != want || raw.Body != `{"echo":"MASKED"}` {
		t.Errorf("raw answer of %q is %q, want one of %q", raw.Request, raw.Body, want)
	}
}

// A POST goes on as one where it is sent elsewhere, or not at all.
func TestPostJSONRedirect(t *testing.T) {
	for status, want := range map[int]collector.Outcome{301: "retry", 302: "retry", 303: "retry", 307: "ok", 308: "ok"} {
		var bodies []string
		c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			bodies = append(bodies, r.Method+string(b))
			if r.URL.Path != "/moved" {
				http.Redirect(w, r, "/moved", status)
				return
			}
			w.Write([]byte("{}"))
		})
		_, err := c.PostJSON(t.Context(), u, token, []byte(`{"a":1}`))
		if got := collector.OutcomeOf(err); got != want || want == "ok" && (len(bodies) != 2 || bodies[1] != `POST{"a":1}`) || want != "ok" && len(bodies) != 1 {
			t.Errorf("status %d: outcome %q of %v, requests %v, want %q", status, got, err, bodies, want)
		}
	}
}

// A connection that was kept and broke in the meantime costs nothing.
func TestPostJSONAgain(t *testing.T) {
	n := 0
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 2 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
			return
		}
		b, _ := io.ReadAll(r.Body)
		w.Write(b)
	})
	for i := range 2 {
		a, err := c.PostJSON(t.Context(), u, token, []byte(`{"a":1}`))
		if err != nil || string(a.Body) != `{"a":1}` {
			t.Errorf("request %d: error %v", i, err)
		}
	}
	if n != 3 {
		t.Errorf("%d requests came, want 3", n)
	}
}
