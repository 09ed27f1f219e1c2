package dashboard

import (
	"crypto/rand"
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// MinPassword is the least length of a password in characters (NIST SP 800-63B
// asks for 8 beside a second factor, 15 alone); maxPassword the most in bytes.
const (
	MinPassword = 12
	maxPassword = 1024
)

// oncePrefix stands before the hash of a password that an administrator made:
// who signs in with it must choose an own one before anything else.
const oncePrefix = "once:"

func isOneTime(hash string) bool { return strings.HasPrefix(hash, oncePrefix) }

// setOneTimePassword gives the person a new password and returns it: 16
// letters and digits, 80 bits, in groups of four for reading out.
func setOneTimePassword(p *schema.Person) (string, error) {
	text := strings.ToLower(rand.Text())
	password := strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:16]}, "-")
	hash, err := HashPassword(password)
	if err != nil {
		return "", err
	}
	p.PasswordHash = oncePrefix + hash
	return password, nil
}
