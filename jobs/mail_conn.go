package jobs

import (
	"net"
	"sync"
)

// A watched connection can be cut from outside, also while it is being made:
// a mail server that says nothing must not hold up our own end.
type watched struct {
	mu   sync.Mutex
	conn net.Conn
	over bool
}

func (w *watched) keep(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = c
	if w.over {
		c.Close()
	}
}

func (w *watched) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.conn != nil {
		w.conn.Close()
	}
}
