package collectortest

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// write returns a handler that answers with the text.
func write(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// reset breaks the connection off in the middle of an answer. Before the
// answer it would not show: the transport asks again by itself.
func reset(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	w.Write([]byte(`{"data":[`))
	http.NewResponseController(w).Flush()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// bomb answers with little that unpacks to far too much.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(bombBody())
}

var bombBody = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(`{"data":"`))
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for range 64 {
		z.Write(chunk)
	}
	z.Write([]byte(`"}`))
	z.Close()
	return b.Bytes()
})

// A hole marks the value to be replaced.
type hole struct{}

// holes calls f with v once for every value in it, that value being a hole.
func holes(v any, f func(any)) {
	f(hole{})
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			holes(v[k], func(in any) {
				m := maps.Clone(v)
				m[k] = in
				f(m)
			})
		}
	case []any:
		for i := range v {
			holes(v[i], func(in any) {
				s := slices.Clone(v)
				s[i] = in
				f(s)
			})
		}
	}
}

// put returns v with the hole filled.
func put(v, with any) any {
	switch v := v.(type) {
	case hole:
		return with
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, in := range v {
			m[k] = put(in, with)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, in := range v {
			s[i] = put(in, with)
		}
		return s
	}
	return v
}

// A buffer takes log lines from many goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (b *buffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.Reset()
}
