package schema

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// A Keyring encrypts the secrets of credentials, with AES-256 in Galois/Counter
// mode and a random nonce. Its first key encrypts, every key decrypts: that is
// how keys are changed. A nil Keyring holds no key.
type Keyring struct {
	keys []ringKey
}

type ringKey struct {
	id   string // the first 8 hex digits of a hash of the key
	aead cipher.AEAD
}

// The reasons for which a secret cannot be encrypted or decrypted.
var (
	// ErrNoKey means that the installation has no key.
	ErrNoKey = errors.New("no key is set: make one with hamawaz key new, put it into a file and name the file with HAMAWAZ_KEY_FILE")
	// ErrSealBroken means that the secret was changed, or belongs to another
	// account.
	ErrSealBroken = errors.New("the stored secret was changed, or is another account's")
)

// An UnknownKeyError says that a secret was encrypted with a key that the
// keyring does not hold.
type UnknownKeyError struct {
	ID string // of the key
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("the secret was encrypted with key %s, which is not among the keys of HAMAWAZ_KEY_FILE: add its line again", e.ID)
}

// NewKey returns a new key in the text form that ParseKeyring reads.
func NewKey() string {
	key := make([]byte, keyBytes)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// ParseKeyring reads keys, one on a line: 32 bytes each, in base64. Empty lines
// and lines that begin with # do not count. Its errors name the line and never
// what stands there.
func ParseKeyring(text string) (*Keyring, error) {
	k := &Keyring{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(line, "="))
		if err != nil {
			return nil, fmt.Errorf("keys: line %d is not base64: make a key with hamawaz key new", i+1)
		}
		if len(key) != keyBytes {
			return nil, fmt.Errorf("keys: line %d holds %d bytes, not %d: make a key with hamawaz key new", i+1, len(key), keyBytes)
		}
		if strings.Count(string(key), string(key[:1])) == keyBytes {
			return nil, fmt.Errorf("keys: line %d is no key: all its bytes are the same", i+1)
		}
		r, err := newRingKey(key)
		if err != nil {
			return nil, err
		}
		if k.find(r.id) != nil {
			return nil, fmt.Errorf("keys: line %d repeats key %s", i+1, r.id)
		}
		k.keys = append(k.keys, r)
	}
	if len(k.keys) == 0 {
		return nil, errors.New("keys: there is none: make one with hamawaz key new")
	}
	return k, nil
}

func newRingKey(key []byte) (ringKey, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return ringKey{}, fmt.Errorf("keys: %w", err)
	}
	// The nonce is the cipher's own business: drawn for each message and put in
	// front of it.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return ringKey{}, fmt.Errorf("keys: %w", err)
	}
	sum := sha256.Sum256(append([]byte("hamawaz key id\x00"), key...))
	return ringKey{hex.EncodeToString(sum[:4]), aead}, nil
}

func (k *Keyring) find(id string) *ringKey {
	if k == nil {
		return nil
	}
	for i := range k.keys {
		if k.keys[i].id == id {
			return &k.keys[i]
		}
	}
	return nil
}

// First returns the id of the key that encrypts, or "".
func (k *Keyring) First() string {
	if k == nil || len(k.keys) == 0 {
		return ""
	}
	return k.keys[0].id
}

// IDs returns the ids of the keys, the one that encrypts first.
func (k *Keyring) IDs() []string {
	if k == nil {
		return nil
	}
	ids := make([]string, len(k.keys))
	for i := range k.keys {
		ids[i] = k.keys[i].id
	}
	return ids
}

// Seal encrypts plain for the account with the first key. What it returns can
// be opened for that account on that platform only.
func (k *Keyring) Seal(a AccountID, p Platform, plain []byte) (sealed, keyID string, err error) {
	if k.First() == "" {
		return "", "", ErrNoKey
	}
	first := k.keys[0]
	return base64.StdEncoding.EncodeToString(first.aead.Seal(nil, nil, plain, boundTo(a, p))), first.id, nil
}

// Open decrypts what Seal returned. It returns ErrNoKey, an *UnknownKeyError or
// ErrSealBroken where it cannot.
func (k *Keyring) Open(a AccountID, p Platform, sealed, keyID string) ([]byte, error) {
	if k.First() == "" {
		return nil, ErrNoKey
	}
	key := k.find(keyID)
	if key == nil {
		return nil, &UnknownKeyError{keyID}
	}
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, ErrSealBroken
	}
	plain, err := key.aead.Open(nil, nil, b, boundTo(a, p))
	if err != nil {
		return nil, ErrSealBroken
	}
	return plain, nil
}

// boundTo returns what ties a secret to its account: moved to another row, it
// cannot be opened. The length keeps the two names apart.
func boundTo(a AccountID, p Platform) []byte {
	return fmt.Appendf(nil, "hamawaz credential 1 %d:%s%s", len(p), p, a)
}
