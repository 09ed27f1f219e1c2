package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

const token = "EAAsecret/with|odd=signs"

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func serve(t *testing.T, h http.HandlerFunc) (*Client, *url.URL) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL + "/v25.0/me?fields=id")
	if err != nil {
		t.Fatal(err)
	}
	return &Client{HTTP: srv.Client(), Now: func() time.Time { return now }, Version: "v25.0", Log: slog.New(slog.DiscardHandler),
		VersionHeader: "Facebook-Api-Version", MaxBody: 1 << 16}, u
}

func TestGet(t *testing.T) {
	var auth, query string
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		auth, query = r.Header.Get("Authorization"), r.URL.RawQuery
		w.Header().Set("Date", now.Add(2*time.Second).Format(http.TimeFormat))
		w.Header().Set("Facebook-Api-Version", "v26.0")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write([]byte("\ufeff\n" + `{"id":"1","paging":{"next":"https:\/\/graph.facebook.com\/x?access_token=LEAK1234&after=q"}}`))
		z.Close()
	})
	q := u.Query()
	q.Set("input_token", "OTHERSECRET")
	u.RawQuery = q.Encode()
	a, err := c.Get(t.Context(), u, token)
	if err != nil {
		t.Fatal(err)
	}
	if auth != "Bearer "+token || strings.Contains(query, "EAA") {
		t.Errorf("token went out as %q with query %q", auth, query)
	}
	raw := a.Raw(schema.Account{ID: "acc-1", Platform: schema.Instagram}, "run-1")
	body := `{"id":"1","paging":{"next":"https:\/\/graph.facebook.com\/x?access_token=MASKED&after=q"}}`
	sum := sha256.Sum256([]byte(body))
	want := schema.RawAnswer{
		ReceivedAt: now.Add(2 * time.Second), AccountID: "acc-1", Platform: schema.Instagram, RunID: "run-1",
		Request: "GET " + strings.Replace(u.String(), "OTHERSECRET", "MASKED", 1),
		Status:  200, APIVersion: "v26.0", BodyHash: hex.EncodeToString(sum[:]), Body: body,
	}
	if d := cmp.Diff(want, raw); d != "" {
		t.Errorf("Raw (-want +got):\n%s", d)
	}
}

func TestGetWithHeader(t *testing.T) {
	var header http.Header
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		w.Write([]byte(`{"echo":"EAAsecret\/with|odd=signs"}`))
	})
	a, err := c.GetWithHeader(t.Context(), u, "X-Goog-Api-Key", token)
	if err != nil {
		t.Fatal(err)
	}
	if header.Get("X-Goog-Api-Key") != token || header.Get("Authorization") != "" {
		t.Errorf("secret went out in %v", header)
	}
	if raw := a.Raw(schema.Account{}, ""); raw.Body != `{"echo":"MASKED"}` || strings.Contains(raw.Request, "EAA") {
		t.Errorf("raw answer of %q is %q", raw.Request, raw.Body)
	}
	if got, want := a.Excerpt("key\n"+token+" is refused"), "key MASKED is refused"; got != want {
		t.Errorf("Excerpt: got %q, want %q", got, want)
	}
}

func TestGetTrouble(t *testing.T) {
	gz := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.String()
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		want collector.Outcome
	}{
		{"html", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>")) }, collector.OutcomeRetry},
		{"html 404", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); w.Write([]byte("<html>")) }, collector.OutcomeRetry},
		{"html 401", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401); w.Write([]byte("<html>")) }, collector.OutcomeReconnect},
		{"empty 429", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429) }, collector.OutcomeWait},
		{"too large", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(`{"a":"` + strings.Repeat("x", 1<<16)))
		}, collector.OutcomeRetry},
		{"gzip bomb", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte(gz(`{"a":"` + strings.Repeat("x", 8<<20))))
		}, collector.OutcomeRetry},
		{"gzip of nothing without end", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			for empty := []byte(gz("")); r.Context().Err() == nil; {
				if _, err := w.Write(empty); err != nil {
					return
				}
			}
		}, collector.OutcomeRetry},
		{"gzip cut", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			b := gz(`{"a":1}`)
			w.Write([]byte(b[:len(b)-3]))
		}, collector.OutcomeRetry},
		{"not gzip", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte(`{}`))
		}, collector.OutcomeRetry},
		{"brotli", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			w.Write([]byte(`{}`))
		}, collector.OutcomeRetry},
		{"cut", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte(`{"a":1}`))
		}, collector.OutcomeRetry},
		{"other host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.invalid/?access_token="+url.QueryEscape(token), http.StatusFound)
		}, collector.OutcomeRetry},
		{"redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, collector.OutcomeRetry},
		{"header too late", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, collector.OutcomeRetry},
		{"body too late", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(`{"a":`))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, u := serve(t, tt.h)
			c.HeaderTimeout, c.Timeout = 200*time.Millisecond, 300*time.Millisecond
			_, err := c.Get(t.Context(), u, token)
			if got := collector.OutcomeOf(err); got != tt.want {
				t.Errorf("Get: outcome %q of error %v, want %q", got, err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "EAA") || len(err.Error()) > 400) {
				t.Errorf("Get: error shows too much: %v", err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Get: our time-out passes for the caller's: %v", err)
			}
		})
	}
}

func TestGetNobodyThere(t *testing.T) {
	c, u := serve(t, nil)
	c.HTTP = &http.Client{}
	u.Host = "127.0.0.1:1"
	u.RawQuery = "access_token=" + url.QueryEscape(token)
	_, err := c.Get(t.Context(), u, token)
	if !errors.Is(err, collector.ErrTransient) || strings.Contains(err.Error(), "EAA") {
		t.Errorf("Get: error %v, want one of trouble without token", err)
	}
}

func TestGetContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Get(ctx, u, token); !errors.Is(err, context.Canceled) || errors.Is(err, collector.ErrTransient) {
		t.Errorf("Get: error %v, want %v", err, context.Canceled)
	}
}

func TestMoment(t *testing.T) {
	tests := []struct {
		name string
		date string
		skew time.Duration
		want time.Time
	}{
		{"theirs", now.Add(-time.Minute).Format(http.TimeFormat), 0, now.Add(-time.Minute)},
		{"too far", now.Add(-time.Hour).Format(http.TimeFormat), 0, now},
		{"far, fast clock", now.Add(-time.Hour).Format(http.TimeFormat), 2 * time.Hour, now.Add(-time.Hour)},
		{"never", now.Add(-time.Second).Format(http.TimeFormat), -1, now},
		{"unreadable", "yesterday", 0, now},
		{"theirs, ending in UTC", "Fri, 20 Nov 2026 11:59:00 UTC", 0, now.Add(-time.Minute)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", tt.date)
				w.Write([]byte("{}"))
			})
			c.Skew, c.Log = tt.skew, slog.New(slog.NewTextHandler(&log, nil))
			for range 3 {
				a, err := c.Get(t.Context(), u, "")
				if err != nil {
					t.Fatal(err)
				}
				if !a.At.Equal(tt.want) || a.At.Location() != time.UTC {
					t.Errorf("At: got %v, want %v", a.At, tt.want)
				}
			}
			lines := 0
			if tt.name == "too far" {
				lines = 1
			}
			if got := strings.Count(log.String(), "\n"); got != lines {
				t.Errorf("%d lines of log, want %d:\n%s", got, lines, &log)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	tests := []struct {
		name   string
		header http.Header
		want   Usage
	}{
		{"none", http.Header{}, Usage{}},
		{"app", http.Header{"X-App-Usage": {`{"call_count":28,"total_cputime":15,"total_time":20}`}}, Usage{Percent: 28, RegainAfter: 0, Known: true}},
		{"page", http.Header{"X-Page-Usage": {`{"call_count":1,"total_cputime":80.2,"total_time":20}`}}, Usage{Percent: 81, RegainAfter: 0, Known: true}},
		{"business", http.Header{"X-Business-Use-Case-Usage": {
			`{"1":[{"type":"pages","call_count":90,"total_cputime":10,"total_time":12,"estimated_time_to_regain_access":0}],
			  "2":[{"type":"instagram","call_count":100,"estimated_time_to_regain_access":17}]}`}}, Usage{Percent: 100, RegainAfter: 17 * time.Minute, Known: true}},
		{"all", http.Header{"X-App-Usage": {`{"call_count":99}`}, "X-Page-Usage": {`{"total_time":12}`}}, Usage{Percent: 99, RegainAfter: 0, Known: true}},
		{"junk", http.Header{"X-App-Usage": {`28`}, "X-Business-Use-Case-Usage": {`<html>`}}, Usage{}},
		{"out of range", http.Header{"X-App-Usage": {`{"call_count":1e300,"estimated_time_to_regain_access":1e300}`}}, Usage{Percent: 1000, RegainAfter: maxWait, Known: true}},
		{"negative", http.Header{"X-App-Usage": {`{"call_count":-4,"estimated_time_to_regain_access":-5}`}}, Usage{Percent: 0, RegainAfter: 0, Known: true}},
	}
	for _, tt := range tests {
		if got := parseUsage(tt.header); got != tt.want {
			t.Errorf("%s: parseUsage: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestReadUsage(t *testing.T) {
	c, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now.Add(time.Second).Format(http.TimeFormat))
		w.Header().Set("X-App-Usage", `{"call_count":28}`)
		w.Header().Set("X-Left", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		w.Write([]byte("slow down"))
	})
	c.ReadUsage = func(h http.Header, at time.Time) Usage {
		if h.Get("X-Left") != "3" || !at.Equal(now.Add(time.Second)) {
			t.Errorf("ReadUsage is given %v at %v", h, at)
		}
		return Usage{Percent: 97, RegainAfter: 90 * time.Second, Known: true}
	}
	_, err := c.Get(t.Context(), u, token)
	if limit, ok := errors.AsType[*collector.RateLimitError](err); !ok || limit.RetryAfter != 90*time.Second {
		t.Errorf("Get: got %v, want a wait of 1m30s: what ReadUsage said", err)
	}
}

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"", 0, false},
		{"120", 2 * time.Minute, true},
		{" 1.5 ", 1500 * time.Millisecond, true},
		{"-1", 0, false},
		{"NaN", 0, false},
		{"1e300", maxWait, true},
		{now.Add(time.Minute).Format(http.TimeFormat), time.Minute, true},
		{now.Add(-time.Minute).Format(http.TimeFormat), 0, true},
		{"Fri, 20 Nov 2026 12:01:00 UTC", time.Minute, true},
		{now.AddDate(9, 0, 0).Format(http.TimeFormat), maxWait, true},
		{"soon", 0, false},
	}
	for _, tt := range tests {
		got, ok := RetryAfter(http.Header{"Retry-After": {tt.value}}, now)
		if got != tt.want || ok != tt.ok {
			t.Errorf("RetryAfter(%q): got %v, %v, want %v, %v", tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

func TestGraphClasses(t *testing.T) {
	limited := new(collector.RateLimitError)
	tests := []struct {
		status, code, sub int
		transient         bool
		want              error
	}{
		{400, 190, 463, false, collector.ErrUnauthorized},
		{500, 190, 0, true, collector.ErrUnauthorized},
		{200, 102, 0, false, collector.ErrUnauthorized},
		{403, 10, 0, false, collector.ErrUnauthorized},
		{403, 200, 0, false, collector.ErrUnauthorized},
		{403, 299, 0, false, collector.ErrUnauthorized},
		{400, 368, 0, false, collector.ErrUnauthorized},
		{403, 4, 0, true, limited},
		{403, 17, 0, false, limited},
		{400, 32, 0, false, limited},
		{400, 341, 0, false, limited},
		{400, 613, 0, false, limited},
		{400, 80001, 0, false, limited},
		{200, 80002, 0, false, limited},
		{429, 0, 0, false, limited},
		{400, 100, 0, false, collector.ErrRequest},
		{400, 100, 0, true, collector.ErrTransient},
		{400, 100, 33, false, collector.ErrGone},
		{404, 803, 0, false, collector.ErrGone},
		{400, 110, 2207013, false, collector.ErrGone},
		{500, 1, 0, false, collector.ErrTransient},
		{400, 2, 0, false, collector.ErrTransient},
		{400, 3001, 1504028, false, collector.ErrRequest},
		{400, 104, 0, false, collector.ErrRequest},
		{503, 987654, 0, false, collector.ErrTransient},
		{200, 987654, 0, false, collector.ErrTransient},
		{401, 987654, 0, false, collector.ErrUnauthorized},
		{404, 987654, 0, false, collector.ErrRequest},
		{408, 0, 0, false, collector.ErrTransient},
	}
	for _, tt := range tests {
		for _, quote := range []string{"", `"`} {
			code := quote + strconv.Itoa(tt.code) + quote
			a := &Answer{Status: tt.status, Body: []byte(`{"error":{"message":"Bad\n` + strings.Repeat("ب", 300) + `","code":` + code +
				`,"error_subcode":` + strconv.Itoa(tt.sub) + `,"is_transient":` + strconv.FormatBool(tt.transient) + `}}`)}
			var body struct{ GraphBody }
			_, err := Graph(a, &body)
			var limit *collector.RateLimitError
			if isLimit := errors.As(err, &limit); isLimit != (tt.want == limited) || !isLimit && !errors.Is(err, tt.want) {
				t.Errorf("Graph of status %d, code %s/%d: got %v, want %v", tt.status, code, tt.sub, err, tt.want)
			}
			if tt.want == limited && limit != nil && limit.RetryAfter != time.Hour {
				t.Errorf("Graph of code %s: wait of %v, want 1 h", code, limit.RetryAfter)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
				t.Errorf("Graph: error text %q", err)
			}
		}
	}
}

func TestGraphStatusOnly(t *testing.T) {
	for status, want := range map[int]collector.Outcome{200: collector.OutcomeOK, 301: collector.OutcomeRetry, 400: collector.OutcomeFixRequest,
		401: collector.OutcomeReconnect, 403: collector.OutcomeReconnect, 429: collector.OutcomeWait, 500: collector.OutcomeRetry} {
		var body struct{ GraphBody }
		_, err := Graph(&Answer{Status: status, Body: []byte(`{}`)}, &body)
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("Graph of bare status %d: got %q, want %q", status, got, want)
		}
	}
}

func TestWait(t *testing.T) {
	a := &Answer{Status: 429, At: now, Header: http.Header{"Retry-After": {"60"}}}
	if got := a.wait(); got != time.Minute {
		t.Errorf("wait with Retry-After: got %v, want 1m", got)
	}
	a.Usage.RegainAfter = 3 * time.Minute
	if got := a.wait(); got != 3*time.Minute {
		t.Errorf("wait with both: got %v, want 3m", got)
	}
	a = &Answer{Status: 429, At: now, Header: http.Header{"Retry-After": {"0"}}}
	if got := a.wait(); got != time.Hour {
		t.Errorf("wait with Retry-After 0: got %v, want 1h", got)
	}
}

func TestCount(t *testing.T) {
	tests := []struct {
		json string
		want Count
	}{
		{"null", Count{}},
		{"0", Count{0, true, false}},
		{"12", Count{12, true, false}},
		{`"12"`, Count{12, true, false}},
		{"9223372036854775807", Count{1<<63 - 1, true, false}},
		{"9223372036854775808", Count{0, false, true}},
		{"99999999999999999999", Count{0, false, true}},
		{"12.0", Count{12, true, false}},
		{"1.2e3", Count{1200, true, false}},
		{"12.5", Count{0, false, true}},
		{"-1", Count{0, false, true}},
		{"-0", Count{0, true, false}},
		{"1e300", Count{0, false, true}},
		{`""`, Count{0, false, true}},
		{`"1,200"`, Count{0, false, true}},
		{"true", Count{0, false, true}},
		{"[1]", Count{0, false, true}},
		{`{"like":3}`, Count{0, false, true}},
	}
	for _, tt := range tests {
		var c Count
		if err := c.UnmarshalJSON([]byte(tt.json)); err != nil || c != tt.want {
			t.Errorf("Count of %s: got %+v, %v, want %+v", tt.json, c, err, tt.want)
		}
	}
}
