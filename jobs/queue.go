package jobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// OpenRedis connects to a Redis server, such as redis://host:6379/0. password,
// if not empty, replaces the URL's.
func OpenRedis(ctx context.Context, url, password string) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("redis: the address cannot be read: want redis://host:6379/0")
	}
	if password != "" {
		o.Password = password
	}
	client := redis.NewClient(o)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		return nil, fmt.Errorf("redis at %s does not answer: check the address, the password and that the server runs: %w", o.Addr, err)
	}
	return client, nil
}

// An EmbeddedQueue is a Redis of our own in this process, for one machine. It
// keeps nothing over a restart, and need not: what is due is planned from the
// facts.
type EmbeddedQueue struct {
	server *miniredis.Miniredis
	file   string
	stop   chan struct{}
	done   chan struct{}
}

// queueAddress is what the other processes on the folder need to know.
type queueAddress struct {
	Addr     string `json:"addr"`
	Password string `json:"password"`
}

// StartEmbeddedQueue starts the queue on a loopback port and writes its address
// and its password to dir/queue.json (mode 0600), where DialEmbeddedQueue reads
// them.
func StartEmbeddedQueue(dir string) (*EmbeddedQueue, error) {
	q := &EmbeddedQueue{
		server: miniredis.NewMiniRedis(), file: filepath.Join(dir, "queue.json"),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	password := rand.Text()
	q.server.RequireAuth(password)
	if err := q.server.Start(); err != nil {
		return nil, fmt.Errorf("embedded queue: %w", err)
	}
	b, err := json.Marshal(queueAddress{q.server.Addr(), password})
	if err == nil {
		err = writeFile(q.file, b)
	}
	if err != nil {
		q.server.Close()
		return nil, fmt.Errorf("embedded queue: %w", err)
	}
	go q.tick()
	return q, nil
}

// tick moves the server's clock, which stands still by itself.
func (q *EmbeddedQueue) tick() {
	defer close(q.done)
	const step = 100 * time.Millisecond
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			q.server.FastForward(step)
		case <-q.stop:
			return
		}
	}
}

// Close ends the queue and takes its address away.
func (q *EmbeddedQueue) Close() error {
	close(q.stop)
	<-q.done
	q.server.Close()
	return os.Remove(q.file)
}

// DialEmbeddedQueue connects to the queue of the process that holds the
// folder. Its address is read anew for each connection, so the client survives
// a restart of that process.
func DialEmbeddedQueue(dir string) redis.UniversalClient {
	read := func() (queueAddress, error) {
		var a queueAddress
		b, err := os.ReadFile(filepath.Join(dir, "queue.json"))
		if err == nil {
			err = json.Unmarshal(b, &a)
		}
		if err != nil {
			return a, fmt.Errorf("embedded queue in %s: is hamawaz running there? %w", dir, err)
		}
		return a, nil
	}
	return redis.NewClient(&redis.Options{
		Addr: "embedded",
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			a, err := read()
			if err != nil {
				return nil, err
			}
			var d net.Dialer
			return d.DialContext(ctx, "tcp", a.Addr)
		},
		CredentialsProviderContext: func(context.Context) (string, string, error) {
			a, err := read()
			return "", a.Password, err
		},
		DisableIdentity: true,
		Protocol:        2,
	})
}

// writeFile replaces the file whole, readable by its owner only.
func writeFile(name string, b []byte) error {
	tmp := name + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}
