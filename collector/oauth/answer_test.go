package oauth

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

func TestRefusalClasses(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		why    purpose
		want   collector.Outcome
	}{
		{400, `{"error":"invalid_grant","error_description":"Bad Request"}`, renewing, collector.OutcomeReconnect},
		{400, `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`, renewing, collector.OutcomeReconnect},
		{400, `{"error":"invalid_request","error_description":"Missing required parameter [client_id]."}`, renewing, collector.OutcomeFixRequest},
		{401, `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`, renewing, collector.OutcomeFixRequest},
		{403, `{"errors":[{"code":99,"label":"authenticity_token_error","message":"Unable to verify your credentials"}]}`, renewing, collector.OutcomeFixRequest},
		{429, `{}`, renewing, collector.OutcomeWait},
		{500, `{"error":"internal_failure"}`, renewing, collector.OutcomeRetry},
		{503, `{}`, exchanging, collector.OutcomeRetry},
		{200, `{"error":"temporarily_unavailable"}`, renewing, collector.OutcomeRetry},
		{200, `{"error":{"code":"access_denied"}}`, exchanging, collector.OutcomeReconnect},
		{200, `{"error":{"code":190}}`, exchanging, collector.OutcomeRetry},
		{200, `{}`, renewing, collector.OutcomeRetry},
		{200, `{}`, revoking, collector.OutcomeOK},
		{200, `{"access_token":"abcdefgh","error":null}`, renewing, collector.OutcomeOK},
	} {
		a := &api.Answer{Status: tt.status, Body: []byte(tt.body), Header: http.Header{}}
		if _, err := readToken(a, tt.why); collector.OutcomeOf(err) != tt.want {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.body, err, tt.want)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"a","refresh_token":"b","expires_in":7200,"scope":"x y"}`,
		`{"access_token":"a","expires_in":"7200","refresh_expires_in":1e99}`,
		`{"error":"invalid_grant","error_description":"Bad Request"}`,
		`{"error":{"code":190}}`, `{"error":[]}`, `{`, `[]`, `{"expires_in":-1,"access_token":{}}`,
	} {
		f.Add(200, []byte(body))
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := &api.Answer{Status: status, Body: body, Header: http.Header{}}
		got, err := readToken(a, renewing)
		if err == nil && (got.Access == "" || !a.OK() || !json.Valid(body)) {
			t.Errorf("took %q with status %d", body, status)
		}
		grantOf(a, got)
	})
}
