package tiktok

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// Every refusal is of one of five classes: by the code in the body, and where
// that says nothing by the status.
func TestRefusals(t *testing.T) {
	inner := func(code string) string { return `{"code":"` + code + `","message":"refused","log_id":"1"}` }
	tests := []struct {
		business bool
		status   int
		body     string
		want     collector.Outcome
		words    string
	}{
		{false, 401, refused("access_token_invalid"), "reconnect", "access_token_invalid"},
		{false, 200, refused("access_token_invalid"), "reconnect", "access_token_invalid"},
		{false, 500, refused("access_token_invalid"), "reconnect", ""},
		{false, 401, inner("access_token_invalid"), "reconnect", "access_token_invalid"},
		{false, 401, refused("scope_not_authorized"), "reconnect", ""},
		{false, 400, refused("scope_permission_missed"), "reconnect", ""},
		{false, 400, refused("invalid_params"), "fix_request", ""},
		{false, 400, inner("invalid_params"), "fix_request", ""},
		{false, 400, refused("invalid_file_upload"), "fix_request", ""},
		{false, 429, refused("rate_limit_exceeded"), "wait", "1m0s"},
		{false, 200, inner("rate_limit_exceeded"), "wait", "1m0s"},
		{false, 500, refused("internal_error"), "retry", ""},
		{false, 200, refused("internal_error"), "retry", ""},
		{false, 400, `{"error":"invalid_grant","error_description":"x","log_id":"1"}`, "fix_request", "invalid_grant"},
		{false, 401, `{"error":"invalid_grant","error_description":"x","log_id":"1"}`, "reconnect", ""},
		{false, 401, refused("brand_new"), "reconnect", "brand_new"},
		{false, 403, refused("brand_new"), "reconnect", ""},
		{false, 404, refused("brand_new"), "fix_request", ""},
		{false, 408, refused("brand_new"), "retry", ""},
		{false, 429, refused("brand_new"), "wait", ""},
		{false, 503, refused("brand_new"), "retry", ""},
		{false, 200, refused("brand_new"), "retry", ""},
		{false, 503, refused("ok"), "retry", "ok"},
		{false, 200, `{"data":{"videos":[],"has_more":false}}`, "retry", "success"},
		{false, 200, `{"data":{"videos":[],"has_more":false},"error":null}`, "retry", "success"},
		{false, 200, `{"data":{"videos":[],"has_more":false},"error":{"code":0}}`, "retry", "success"},
		{false, 401, `{}`, "reconnect", "status 401"},
		{false, 500, `{}`, "retry", "status 500"},
		{false, 429, "<html>", "wait", "1m0s"},
		{false, 401, "<html>", "reconnect", ""},
		{false, 502, "<html>", "retry", ""},

		{true, 200, businessRefused(40001), "reconnect", "40001"},
		{true, 200, businessRefused(40002), "fix_request", "40002"},
		{true, 200, businessRefused(40100), "wait", "1m0s"},
		{true, 200, businessRefused(40102), "reconnect", ""},
		{true, 200, businessRefused(40104), "reconnect", ""},
		{true, 200, businessRefused(40105), "reconnect", "40105"},
		{true, 200, businessRefused(40300), "fix_request", ""},
		{true, 200, businessRefused(50000), "retry", ""},
		{true, 200, businessRefused(51010), "retry", ""},
		{true, 200, businessRefused(7), "retry", ""},
		{true, 200, `{"code":"40105","message":"as text"}`, "reconnect", ""},
		{true, 200, `{"message":"OK","data":{}}`, "retry", "success"},
		{true, 200, `{"code":-1,"message":"OK","data":{}}`, "retry", "success"},
		{true, 401, `{"message":"x"}`, "reconnect", "x"},
		{true, 500, `{"code":0,"message":"OK","data":{}}`, "retry", "OK"},
		{true, 429, "<html>", "wait", "1m0s"},
	}
	for _, tt := range tests {
		p := newPlatform(1)
		p.before = func(r *http.Request) (int, string) {
			if strings.HasSuffix(r.URL.Path, "/video/list/") {
				return tt.status, tt.body
			}
			return 0, ""
		}
		_, _, err := collect(t, connect(t, p, tt.business), collector.Job{Account: testAccount})
		if got := collector.OutcomeOf(err); got != tt.want || err == nil || !strings.Contains(err.Error(), tt.words) || errors.Is(err, collector.ErrNoInsights) {
			t.Errorf("status %d, %s: outcome %q of %v, want %q", tt.status, tt.body, got, err, tt.want)
		}
	}
}

func TestWait(t *testing.T) {
	for header, want := range map[string]time.Duration{"": time.Minute, "0": time.Minute, "7": 7 * time.Second, "soon": time.Minute} {
		srv := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			send(w, 429, refused("rate_limit_exceeded"))
		})
		_, _, err := collect(t, connect(t, srv, false), collector.Job{Account: testAccount})
		if limit, ok := errors.AsType[*collector.RateLimitError](err); !ok || limit.RetryAfter != want {
			t.Errorf("Retry-After %q: error %v, want a wait of %s", header, err, want)
		}
	}
}

// What the platform writes cannot put a token, or a line of its own, into an
// error.
func TestRefusalText(t *testing.T) {
	p := newPlatform(1)
	p.before = func(*http.Request) (int, string) {
		return 400, fmt.Sprintf(`{"error":{"code":"bad\ncode","message":"token %s\nis refused %s"}}`, testToken, strings.Repeat("x", 500))
	}
	_, _, err := collect(t, connect(t, p, false), collector.Job{Account: testAccount})
	if err == nil || strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
		t.Errorf("error %v", err)
	}
}
