package schema_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

func ring(t *testing.T, lines ...string) *schema.Keyring {
	t.Helper()
	k, err := schema.ParseKeyring(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyringOpensWhatItSealed(t *testing.T) {
	one, two := schema.NewKey(), schema.NewKey()
	old := ring(t, one)
	plain := []byte("رازِ دل\x00and bytes")
	sealed, id, err := old.Seal("h1", schema.X, plain)
	if err != nil || id != old.First() || len(id) != 8 {
		t.Fatalf("Seal = key %q, %v", id, err)
	}
	if again, _, _ := old.Seal("h1", schema.X, plain); again == sealed {
		t.Error("sealed twice it looks the same: the nonce repeats")
	}
	if b, _ := base64.StdEncoding.DecodeString(sealed); bytes.Contains(b, []byte("and bytes")) {
		t.Error("the sealed secret can be read")
	}
	both := ring(t, "# the new one first", two, "", one)
	if got, err := both.Open("h1", schema.X, sealed, id); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("Open with a second key = %q, %v", got, err)
	}
	if _, newID, _ := both.Seal("h1", schema.X, plain); newID == id || newID != both.First() {
		t.Errorf("two keys seal with %s, want the first", newID)
	}

	var unknown *schema.UnknownKeyError
	if _, err := ring(t, two).Open("h1", schema.X, sealed, id); !errors.As(err, &unknown) || unknown.ID != id {
		t.Errorf("Open without the key: %v, want an UnknownKeyError of %s", err, id)
	}
	// Of the same id, as somebody might write into the row.
	if _, err := ring(t, two).Open("h1", schema.X, sealed, ring(t, two).First()); !errors.Is(err, schema.ErrSealBroken) {
		t.Errorf("Open with another key: %v, want ErrSealBroken", err)
	}
	for name, try := range map[string]func() ([]byte, error){
		"another account":  func() ([]byte, error) { return old.Open("h2", schema.X, sealed, id) },
		"another platform": func() ([]byte, error) { return old.Open("h1", schema.TikTok, sealed, id) },
		"names that run together": func() ([]byte, error) {
			return old.Open("xh1", "", sealed, id)
		},
		"empty":      func() ([]byte, error) { return old.Open("h1", schema.X, "", id) },
		"no base64":  func() ([]byte, error) { return old.Open("h1", schema.X, "%"+sealed, id) },
		"a cut":      func() ([]byte, error) { return old.Open("h1", schema.X, sealed[:16], id) },
		"a key less": func() ([]byte, error) { return (*schema.Keyring)(nil).Open("h1", schema.X, sealed, id) },
	} {
		if got, err := try(); err == nil {
			t.Errorf("%s: opened %q", name, got)
		} else if strings.Contains(err.Error(), one) {
			t.Errorf("%s: the error holds the key", name)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		if _, err := old.Open("h1", schema.X, base64.StdEncoding.EncodeToString(changed), id); !errors.Is(err, schema.ErrSealBroken) {
			t.Fatalf("byte %d changed: %v, want ErrSealBroken", i, err)
		}
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	key := schema.NewKey()
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", " \n# only words\n", "there is none"},
		{"no base64", key + "\n!!not a key!!", "line 2 is not base64"},
		{"too short", "c2hvcnQ=", "line 1 holds 5 bytes, not 32"},
		{"too long", base64.StdEncoding.EncodeToString(make([]byte, 33)), "holds 33 bytes"},
		{"all zero", base64.StdEncoding.EncodeToString(make([]byte, 32)), "line 1 is no key"},
		{"twice", key + "\n\n" + key, "line 3 repeats key"},
	} {
		_, err := schema.ParseKeyring(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		} else if strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "not a key") {
			t.Errorf("%s: the error holds what stands in the file: %v", tt.name, err)
		}
	}
	unpadded := strings.TrimRight(key, "=")
	if a, b := ring(t, key+"\r\n"), ring(t, unpadded); a.First() != b.First() {
		t.Error("a key with and without padding is another")
	}
}
