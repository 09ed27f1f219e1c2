package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// TestXToken: the app's token reads public accounts, and each owner's its own.
func TestXToken(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app")
	owners := filepath.Join(dir, "owners")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(owners, 0o700); err != nil {
		t.Fatal(err)
	}
	write(app, "app-token\n")
	write(filepath.Join(owners, "x-health"), "owner-token\n")
	public := schema.Account{ID: "x-press", Platform: schema.X, Access: schema.AccessPublic}
	owner := schema.Account{ID: "x-health", Platform: schema.X, Access: schema.AccessOwner}
	all := collectSettings{XTokenFile: app, XOwnerTokens: owners}
	tests := []struct {
		name     string
		settings collectSettings
		account  schema.Account
		want     string // "": the error names what is missing
		missing  string
	}{
		{"public", all, public, "app-token", ""},
		{"owner", all, owner, "owner-token", ""},
		{"no app token", collectSettings{XOwnerTokens: owners}, public, "", "HAMAWAZ_X_TOKEN_FILE"},
		{"no folder of owners", collectSettings{XTokenFile: app}, owner, "", "HAMAWAZ_X_OWNER_TOKENS"},
		{"no token of this owner", all, schema.Account{ID: "x-other", Access: schema.AccessOwner}, "", "x-other"},
		{"an id that leads elsewhere", all, schema.Account{ID: "../app", Access: schema.AccessOwner}, "", "HAMAWAZ_X_OWNER_TOKENS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.settings.xToken(tt.account)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Fatalf("xToken(%s): got %q, %v, want %q", tt.account.ID, got, err, tt.want)
			}
			if err != nil && (!errors.Is(err, collector.ErrUnauthorized) || !strings.Contains(err.Error(), tt.missing)) {
				t.Errorf("xToken(%s): error %v, want one that names %s", tt.account.ID, err, tt.missing)
			}
		})
	}
	write(filepath.Join(owners, "x-health"), "renewed")
	if got, err := all.xToken(owner); got != "renewed" || err != nil {
		t.Errorf("xToken after it was renewed: got %q, %v", got, err)
	}
}

// TestYouTubeSecrets: the key reads every channel, and an owner's token its
// own where the folder of tokens is set.
func TestYouTubeSecrets(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	for name, text := range map[string]string{key: "the-key\n", filepath.Join(dir, "youtube-health"): "owner-token\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := collectSettings{YouTubeKeyFile: key, YouTubeOwnerTokens: dir}
	if got, err := s.youtubeKey(); got != "the-key" || err != nil {
		t.Errorf("youtubeKey: got %q, %v", got, err)
	}
	if got, err := s.youtubeToken(schema.Account{ID: "youtube-health", Platform: schema.YouTube}); got != "owner-token" || err != nil {
		t.Errorf("youtubeToken: got %q, %v", got, err)
	}
	_, err := s.youtubeToken(schema.Account{ID: "youtube-other", Platform: schema.YouTube})
	if !errors.Is(err, collector.ErrUnauthorized) || !strings.Contains(err.Error(), "HAMAWAZ_YOUTUBE_OWNER_TOKENS") || !strings.Contains(err.Error(), "youtube-other") {
		t.Errorf("youtubeToken of another owner: error %v", err)
	}
	if _, err := (collectSettings{}).youtubeKey(); !errors.Is(err, collector.ErrUnauthorized) || !strings.Contains(err.Error(), "HAMAWAZ_YOUTUBE_KEY_FILE") {
		t.Errorf("youtubeKey without a file: error %v", err)
	}
}
