//go:build data

package tiktok_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
)

// shared returns a file of the shared data.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("HAMAWAZ_SHARED")
	if dir == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	b, err := os.ReadFile(filepath.Join(dir, "platforms", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDataContract compares the contracts with their originals.
func TestDataContract(t *testing.T) {
	for _, name := range []string{"tiktok-display.openapi.json", "tiktok-business-accounts.openapi.json"} {
		ours, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, shared(t, "contracts/"+name)) {
			t.Errorf("testdata/%s is not the original any more: copy it anew", name)
		}
	}
}

// TestDataRecorded holds the sandbox's answers of the API for Business against
// the recorded ones: the same members of the same types, and the same lives.
func TestDataRecorded(t *testing.T) {
	s := start(t, tiktok.Options{})
	id, secret := s.BusinessApp()
	all := "user.info.basic,video.list"
	code := s.authorize("parana.gen", "client_key", id, "scope", all).Get("code")
	ask := func(path string, in map[string]string) map[string]any {
		b, _ := json.Marshal(in)
		return object(t, s.post(business+path, string(b)).body)
	}
	token := ask("tt_user/oauth2/token/", map[string]string{"client_id": id, "client_secret": secret, "grant_type": "authorization_code",
		"auth_code": code, "redirect_uri": redirect})
	access := token["data"].(map[string]any)["access_token"].(string)
	info := ask("tt_user/token_info/get/", map[string]string{"app_id": id, "access_token": access})
	for name, got := range map[string]map[string]any{"business-token-200": token, "business-token-info-200": info} {
		var rec struct {
			Request  struct{ URL string }
			Response struct {
				Status int
				Body   json.RawMessage
			}
		}
		if err := json.Unmarshal(shared(t, "recorded/tiktok/"+name+".json"), &rec); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(rec.Request.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range s.contracts[1].CheckAnswer("POST", u.Path, rec.Response.Status, "application/json", rec.Response.Body) {
			t.Errorf("the recorded answer: %s", fault)
		}
		want := object(t, rec.Response.Body)
		if d := cmp.Diff(shape(want), shape(got)); d != "" {
			t.Errorf("%s (-recorded +sandbox):\n%s", name, d)
		}
		for _, life := range []string{"expires_in", "refresh_token_expires_in"} {
			if w, g := want["data"].(map[string]any)[life], got["data"].(map[string]any)[life]; w != g {
				t.Errorf("%s: %s is %v, recorded %v", name, life, g, w)
			}
		}
		t.Logf("%s: %v", name, shape(want))
	}
}

func object(t *testing.T, b []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// shape returns the names in an object with the types of what they name.
func shape(v map[string]any) (out []string) {
	for _, k := range slices.Sorted(maps.Keys(v)) {
		switch x := v[k].(type) {
		case map[string]any:
			for _, inner := range shape(x) {
				out = append(out, k+"."+inner)
			}
		case string:
			out = append(out, k+" string")
		case float64:
			out = append(out, k+" number")
		default:
			out = append(out, k+" other")
		}
	}
	return out
}
