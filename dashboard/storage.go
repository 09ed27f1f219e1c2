package dashboard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/redis/go-redis/v9"
)

// A Storage keeps sessions and counters: fiber.Storage under a name of ours.
type Storage = fiber.Storage

// RedisStorage keeps entries in Redis, under hamawaz:web:.
type RedisStorage struct{ Client redis.UniversalClient }

// storageTimeout bounds one look-up: a page must not hang on the queue.
const storageTimeout = 3 * time.Second

func (r RedisStorage) key(k string) string { return "hamawaz:web:" + k }

// Get returns the entry, or nil if there is none.
func (r RedisStorage) Get(key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	b, err := r.Client.Get(ctx, r.key(key)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return b, err
}

// Set stores the entry for the time; 0 means for good.
func (r RedisStorage) Set(key string, val []byte, exp time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	return r.Client.Set(ctx, r.key(key), val, exp).Err()
}

// Delete takes the entry away, if there is one.
func (r RedisStorage) Delete(key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	return r.Client.Del(ctx, r.key(key)).Err()
}

// Reset is not offered: other processes' entries are there too.
func (r RedisStorage) Reset() error { return errors.New("storage: reset is not offered") }

// Close does nothing: the client belongs to whoever made it.
func (r RedisStorage) Close() error { return nil }

// KeptStorage keeps sessions in the store as well, for a queue that forgets
// over a restart.
type KeptStorage struct {
	Storage
	Store *schema.Store

	mu   sync.Mutex
	kept map[string]keptSession // what this process wrote last
}

type keptSession struct {
	data string
	at   time.Time
}

// sessionPrefix begins the keys of sessions; other entries are counters that
// may be forgotten.
const sessionPrefix = "session:"

// keepEvery is how often an unchanged session is written again, to prolong it.
const keepEvery = 10 * time.Minute

type sessionRow struct {
	Key       string    `ch:"session_key"`
	Data      string    `ch:"data"`
	ExpiresAt time.Time `ch:"expires_at"`
	UpdatedAt time.Time `ch:"updated_at"`
}

// Get returns the entry; a session that the queue forgot is brought back.
func (k *KeptStorage) Get(key string) ([]byte, error) {
	b, err := k.Storage.Get(key)
	if b != nil || err != nil || !strings.HasPrefix(key, sessionPrefix) {
		return b, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	var rows []sessionRow
	err = k.Store.Conn.Select(ctx, &rows,
		`SELECT session_key, data, expires_at, updated_at FROM sessions FINAL WHERE session_key = {key:String}`,
		clickhouse.Named("key", key))
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if len(rows) == 0 || rows[0].Data == "" || !time.Now().Before(rows[0].ExpiresAt) {
		return nil, nil
	}
	return []byte(rows[0].Data), k.Storage.Set(key, []byte(rows[0].Data), time.Until(rows[0].ExpiresAt))
}

// Set stores the entry for the time.
func (k *KeptStorage) Set(key string, val []byte, exp time.Duration) error {
	if err := k.Storage.Set(key, val, exp); err != nil || !strings.HasPrefix(key, sessionPrefix) || exp <= doorFor {
		return err // a session that nobody has signed into may be forgotten
	}
	k.mu.Lock()
	last, ok := k.kept[key]
	k.mu.Unlock()
	if ok && last.data == string(val) && time.Since(last.at) < keepEvery {
		return nil
	}
	return k.insert(key, val, time.Now().Add(exp))
}

// Delete takes the entry away for good.
func (k *KeptStorage) Delete(key string) error {
	if err := k.Storage.Delete(key); err != nil || !strings.HasPrefix(key, sessionPrefix) {
		return err
	}
	return k.insert(key, nil, time.Now())
}

func (k *KeptStorage) insert(key string, val []byte, expires time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	now := time.Now()
	row := sessionRow{Key: key, Data: string(val), ExpiresAt: expires.UTC(), UpdatedAt: now.UTC()}
	if err := schema.Insert(ctx, k.Store.Conn, "sessions", []any{&row}); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[string]keptSession{}
	}
	for other, s := range k.kept {
		if now.Sub(s.at) > keepEvery {
			delete(k.kept, other)
		}
	}
	if val == nil {
		delete(k.kept, key)
	} else {
		k.kept[key] = keptSession{string(val), now}
	}
	return nil
}
