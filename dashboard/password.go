package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: the second recommendation of RFC 9106 (64 MiB, three
// passes) with two lanes, for machines with two cores.
const (
	argonMemory  = 64 << 10 // KiB
	argonTime    = 3
	argonThreads = 2
	argonSalt    = 16
	argonKey     = 32
)

// hashing holds a token for each hash that may be computed at the same time,
// so that many sign-ins at once wait instead of taking 64 MiB each.
var hashing = make(chan struct{}, 2)

var b64 = base64.RawStdEncoding

// HashPassword returns the argon2id hash of the password in its PHC text form.
func HashPassword(pw string) (string, error) {
	if pw == "" {
		return "", errors.New("hash password: it is empty")
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argonHash(pw, salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

func argonHash(pw string, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(pw), salt, time, memory, threads, size)
}

// CheckPassword reports whether the password is the one that the hash was made
// of. It fails if the hash is not argon2id in PHC text form, or asks for more
// than 256 MiB, 16 passes or 16 lanes.
func CheckPassword(hash, pw string) (bool, error) {
	var (
		version      int
		memory, time uint32
		threads      uint8
	)
	part := strings.Split(strings.TrimPrefix(hash, oncePrefix), "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" {
		return false, errors.New("check password: the hash is not argon2id")
	}
	if n, err := fmt.Sscanf(part[2], "v=%d", &version); n != 1 || err != nil || version != argon2.Version {
		return false, fmt.Errorf("check password: version %q of argon2 is not known", part[2])
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); n != 3 || err != nil {
		return false, fmt.Errorf("check password: parameters %q", part[3])
	}
	if memory < 8 || memory > 256<<10 || time < 1 || time > 16 || threads < 1 || threads > 16 {
		return false, fmt.Errorf("check password: parameters %q are out of range", part[3])
	}
	salt, err := b64.DecodeString(part[4])
	if err != nil || len(salt) < 8 {
		return false, errors.New("check password: the salt is damaged")
	}
	want, err := b64.DecodeString(part[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errors.New("check password: the hash is damaged")
	}
	got := argonHash(pw, salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// decoy is the hash of a password that nobody has. Signing in with an address
// that nobody has is checked against it, and takes as long as any other.
const decoy = "$argon2id$v=19$m=65536,t=3,p=2$c29tZSBzYWx0IG9mIG91cnM$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
