package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	socketName = "hamawaz.sock"
	// dialPatience is how long a client waits for a holder that restarts.
	dialPatience = 10 * time.Second
)

// A socket serves an engine to the other processes of this machine.
type socket struct {
	path string
	http *http.Server
}

// ServeSocket serves the engine on hamawaz.sock in its folder, for DialSocket.
// Only this user may connect (mode 0600). It returns once the socket takes
// connections and serves until Close. A socket left by a dead process is
// replaced.
func (e *Engine) ServeSocket() error {
	e.lock.Lock()
	defer e.lock.Unlock()
	switch {
	case e.closed:
		return ErrClosed
	case e.socket != nil:
		return nil
	}
	// Made under another name and then renamed, so that nobody meets it before
	// its mode is set. Whatever has the name now is stale: the folder is ours.
	path := filepath.Join(e.dir, socketName)
	temp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("serve socket %q: %w", path, err)
	}
	l, err := listenUnix(temp)
	if err != nil {
		return fmt.Errorf("serve socket %q: %w", path, err)
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(temp, 0o600), os.Rename(temp, path)); err != nil {
		l.Close()
		os.Remove(temp)
		return fmt.Errorf("serve socket %q: %w", path, err)
	}
	e.socket = &socket{path, &http.Server{Handler: http.HandlerFunc(e.serve)}}
	go e.socket.http.Serve(l)
	return nil
}

// close stops taking requests; those under way go on.
func (s *socket) close() {
	os.Remove(s.path)
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // Shutdown closes the listener and does not wait
	s.http.Shutdown(ctx)
}

// serve passes a request on to the engine and its answer back.
func (e *Engine) serve(w http.ResponseWriter, r *http.Request) {
	resp, err := e.RoundTrip(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	if resp.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	w.WriteHeader(resp.StatusCode)
	buf := make([]byte, 256<<10)
	for {
		n, err := resp.Body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // the client must not take this for the end
		}
	}
}

// DialSocket returns a transport to the engine that another process has open
// on dir and serves with ServeSocket.
//
// While nobody answers there, a request waits up to ten seconds, within its
// context, for a holder to come back. A request that was sent is never sent
// again: whether it took effect is then unknown.
func DialSocket(dir string) http.RoundTripper {
	path := filepath.Join(dir, socketName)
	return &http.Transport{
		// A connection for each request: on a kept one it is unknown whether
		// the holder is still there before something is sent.
		DisableKeepAlives:  true,
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialHolder(ctx, path)
		},
	}
}

func dialHolder(ctx context.Context, path string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := dialUnix(ctx, path)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EAGAIN) {
			return nil, fmt.Errorf("connect to the process that holds %q: %w", filepath.Dir(path), err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to the process that holds %q: none answers: %w", filepath.Dir(path), err)
		case <-tick.C:
		}
	}
}

// maxSocketPath is the room for a path in the kernel's struct sockaddr_un.
const maxSocketPath = 100

// shortPath returns a path to the same file that fits into a socket address,
// valid until done is called.
func shortPath(path string) (short string, done func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}

func listenUnix(path string) (*net.UnixListener, error) {
	short, done, err := shortPath(path)
	if err != nil {
		return nil, err
	}
	defer done()
	return net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	short, done, err := shortPath(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", short)
}
