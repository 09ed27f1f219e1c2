package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// connectFor is how long, in real time, somebody may take at the platform.
const connectFor = 10 * time.Minute

// A connecting is a browser that was sent to a platform. It is kept on our
// side, under a hash of the state that the browser carries: who reads the
// storage cannot answer for it, and the verifier never leaves.
type connecting struct {
	Account  string
	Platform schema.Platform
	Person   string
	Session  string // a hash of the session's id
	Verifier string
	Redirect string
	Ends     time.Time // real time
}

func (s *Server) connectings() prefixed { return prefixed{s.Sessions, "connect:"} }

// rememberConnecting keeps it and returns the state to send along.
func (s *Server) rememberConnecting(c *fiber.Ctx, x connecting) (state string, err error) {
	sess, err := s.sessions.Get(c)
	if err != nil {
		return "", fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	x.Session = hashKey("connect\x00" + sess.ID())
	b, err := json.Marshal(x)
	if err != nil {
		return "", err
	}
	state = rand.Text()
	if err := s.connectings().Set(hashKey(state), b, connectFor); err != nil {
		return "", fmt.Errorf("connect: %w: %w", errUnavailable, err)
	}
	return state, nil
}

// recallConnecting returns what the state stands for, once: nil for one that was used,
// is too old, or that another session, person or platform brings. Only the
// session that it belongs to uses it up: who guesses or steals a state cannot
// spoil it.
func (s *Server) recallConnecting(c *fiber.Ctx, state string) (*connecting, error) {
	if state == "" || len(state) > 100 {
		return nil, nil
	}
	s.connecting.Lock()
	defer s.connecting.Unlock()
	b, err := s.connectings().Get(hashKey(state))
	if err != nil {
		return nil, fmt.Errorf("connect: %w: %w", errUnavailable, err)
	}
	var x connecting
	if b == nil || json.Unmarshal(b, &x) != nil {
		return nil, nil
	}
	sess, err := s.sessions.Get(c)
	if err != nil {
		return nil, fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	own := subtle.ConstantTimeCompare([]byte(x.Session), []byte(hashKey("connect\x00"+sess.ID()))) == 1
	if !own || x.Person != person(c).ID {
		return nil, nil
	}
	if err := s.connectings().Delete(hashKey(state)); err != nil {
		return nil, fmt.Errorf("connect: %w: %w", errUnavailable, err)
	}
	if string(x.Platform) != c.Params("platform") || !time.Now().Before(x.Ends) {
		return nil, nil
	}
	return &x, nil
}
