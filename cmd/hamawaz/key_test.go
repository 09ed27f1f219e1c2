package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/schema"
)

func writeSecret(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestKeyNew(t *testing.T) {
	var out, errs strings.Builder
	if status := run(t.Context(), []string{"key", "new"}, &out, &errs); status != 0 {
		t.Fatalf("hamawaz key new: status %d, %s", status, errs.String())
	}
	if k, err := schema.ParseKeyring(out.String()); err != nil || len(k.IDs()) != 1 {
		t.Errorf("what hamawaz key new prints is no key: %v", err)
	}
}

func TestKeySettings(t *testing.T) {
	key := schema.NewKey()
	for _, tt := range []struct {
		name, env string
		file      *string
		want      string // part of the error; "none": no keys and no error; empty: one key
	}{
		{"nothing", "", nil, "none"},
		{"a file", "", &key, ""},
		{"the variable", key, nil, ""},
		{"both", key, &key, "not both"},
		{"an empty file", "", new(string), "none"},
	} {
		t.Setenv("HAMAWAZ_KEY", tt.env)
		var s keySettings
		if tt.file != nil {
			s.KeyFile = writeSecret(t, *tt.file)
		}
		k, err := s.keyring()
		switch {
		case tt.want == "" && (err != nil || k.First() == ""):
			t.Errorf("%s: %v", tt.name, err)
		case tt.want == "none" && (err != nil || k != nil):
			t.Errorf("%s: %v, %v; want nothing", tt.name, k, err)
		case tt.want != "" && tt.want != "none" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), key)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	t.Setenv("HAMAWAZ_KEY", "")
	if _, err := (keySettings{KeyFile: filepath.Join(t.TempDir(), "none")}).keyring(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAppsOfSettings(t *testing.T) {
	empty, secret := writeSecret(t, ""), writeSecret(t, "SECRET-1\n")
	a, err := connectSettings{XClientID: "x", XClientSecretFile: secret, GoogleClientSecretFile: empty, MetaAppID: "m", MetaAppSecretFile: empty}.apps()
	if err != nil || a.X.ID != "x" || a.X.Secret != "SECRET-1" || a.Google.ID != "" || a.Meta.Secret != "" {
		t.Errorf("apps = %+v, %v", a, err)
	}
	if _, err := a.Flows(); err == nil || !strings.Contains(err.Error(), "facebook: the application has an id and no secret") {
		t.Errorf("an app without its secret: %v", err)
	}
	if _, err := (connectSettings{XClientID: "x", XClientSecretFile: filepath.Join(t.TempDir(), "none")}).apps(); err == nil {
		t.Error("a secret's file that is not there is passed over")
	}
}

func TestPublicAddress(t *testing.T) {
	for _, tt := range []struct{ listen, public, want string }{
		{"localhost:8080", "", "http://localhost:8080"},
		{"0.0.0.0:8080", "https://h.example.gov.pk/", "https://h.example.gov.pk"},
		{"0.0.0.0:8080", "h.example.gov.pk", ""},
		{"0.0.0.0:8080", "javascript://h/x", ""},
		{"0.0.0.0:8080", "https://u:p@h/", ""},
	} {
		got, err := webSettings{Listen: tt.listen, Public: tt.public}.public()
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("public address of %q, %q = %q, %v; want %q", tt.listen, tt.public, got, err, tt.want)
		}
	}
}

// The tokens of files serve accounts that nobody has connected, and channels
// without any are read with the key.
func TestConnectorsFallBackToFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "acc"), []byte("of-the-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := collectSettings{XOwnerTokens: dir}
	files := s.ownerFiles("")
	owner := schema.Account{ID: "acc", Platform: schema.X, Access: schema.AccessOwner}
	if got, err := files(t.Context(), owner); err != nil || got != "of-the-file" {
		t.Errorf("X: %q, %v", got, err)
	}
	if got, err := files(t.Context(), schema.Account{ID: "acc", Platform: schema.YouTube, Access: schema.AccessOwner}); err != nil || got != "" {
		t.Errorf("YouTube without a folder: %q, %v; want no token", got, err)
	}
	for _, p := range []schema.Platform{schema.Instagram, schema.TikTok, schema.Facebook} {
		if _, err := files(t.Context(), schema.Account{ID: "acc", Platform: p, Access: schema.AccessOwner}); !errors.Is(err, collector.ErrUnauthorized) {
			t.Errorf("%s without a token: %v", p, err)
		}
	}
	log := storeSettings{LogLevel: "error"}.logger(os.Stderr)
	all, err := connectors(s, schema.Clock{}, log, nil, time.UTC, &oauth.Tokens{Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	for p, c := range all {
		switch c.(type) {
		case oauth.Renewing, oauth.RenewingFinder:
		default:
			t.Errorf("the connector of %s asks for no other token when one is refused: %T", p, c)
		}
		if _, ok := c.(collector.Finder); ok == (p == schema.Feed) {
			t.Errorf("the connector of %s can be asked for posts: %v", p, ok)
		}
	}
}

// A rotation from the command line: with both keys, then with the new one alone.
func TestKeyRotate(t *testing.T) {
	data := t.TempDir()
	one, two := schema.NewKey(), schema.NewKey()
	t.Setenv("HAMAWAZ_KEY", "")
	p, err := openStore(t.Context(), storeSettings{Data: data, Zone: "Asia/Karachi", LogLevel: "error"}, true)
	if err != nil {
		t.Fatal(err)
	}
	old, err := schema.ParseKeyring(one)
	if err != nil {
		t.Fatal(err)
	}
	c := schema.Credential{Account: "a", Platform: schema.X, Flow: schema.FlowX, Status: schema.CredentialActive, Version: schema.Version{ChangedBy: "test"}}
	_, err = p.vault(old).SaveSecret(t.Context(), c, schema.Secret{Access: "ACCESS-hidden"})
	if err := errors.Join(err, p.close()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, keys string
		status     int
		says       string
	}{
		{"no key", "", 1, "no key is set"},
		{"the new key alone, too early", two, 1, "1 failed"},
		{"both", two + "\n" + one, 0, "1 encrypted anew, 0 had it already"},
		{"both again", two + "\n" + one, 0, "0 encrypted anew, 1 had it already"},
		{"the new key alone", two, 0, "1 had it already, 0 hold no secret, 0 failed"},
	} {
		var out, errs strings.Builder
		status := run(t.Context(), []string{"key", "rotate", "--data", data, "--key-file", writeSecret(t, tt.keys)}, &out, &errs)
		said := out.String() + errs.String()
		if status != tt.status || !strings.Contains(said, tt.says) {
			t.Errorf("%s: status %d, %s; want %d, %q", tt.name, status, said, tt.status, tt.says)
		}
		for _, hidden := range []string{one, two, "ACCESS-hidden"} {
			if strings.Contains(said, hidden) {
				t.Errorf("%s: a secret is printed", tt.name)
			}
		}
	}
}
