package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/alicebob/miniredis/v2"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/jobs"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/redis/go-redis/v9"
)

const benchAccounts = 200

// benchPages measures each page, by HTTP as a signed-in analyst gets it,
// against the bare SQL behind it: the same statements, one after the other on
// the same engine, with nothing done to their rows.
func (c *benchCmd) benchPages(ctx context.Context, report func(measure) error) (err error) {
	p, closeStore, err := benchStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	p.setClock(schema.NewClock(time.Date(2024, 6, 1, 7, 0, 0, 0, time.UTC), 1))

	began := time.Now()
	if err := p.fillBench(ctx, c.Observations); err != nil {
		return err
	}
	if err := report(measure{Name: "fill_observations", Value: float64(c.Observations) / time.Since(began).Seconds(), Unit: "rows/s"}); err != nil {
		return err
	}
	accounts, err := p.directory.Accounts(ctx)
	if err != nil {
		return err
	}
	began = time.Now()
	for _, a := range accounts {
		if _, err := p.stats.Rollup(ctx, a.ID); err != nil {
			return err
		}
	}
	if err := report(measure{Name: "rollup_observations", Value: float64(c.Observations) / time.Since(began).Seconds(), Unit: "rows/s"}); err != nil {
		return err
	}

	// The pages' statements are written down as they ask them.
	recorder := &recordingConn{Conn: p.store.Conn}
	p.stats.Conn = recorder
	client, base, stop, err := p.benchDashboard()
	if err != nil {
		return err
	}
	defer stop()
	if err := signIn(ctx, client, base, demoEmail, demoPassword); err != nil {
		return err
	}
	var post string
	if err := p.store.Conn.QueryRow(ctx, `SELECT post_id FROM posts WHERE account_id = 'a7' ORDER BY published_at DESC LIMIT 1`).Scan(&post); err != nil {
		return err
	}
	for _, page := range []struct{ name, path string }{
		{"overview", "/?range=28d"}, {"department", "/departments/d7?range=28d"}, {"account", "/accounts/a7?range=28d"},
		{"reach", "/reach?range=28d"}, {"posts", "/posts?range=28d&sort=interactions"}, {"post", "/accounts/a7/posts/" + post},
		{"collection", "/collection"}, {"runs", "/collection/a7"}, {"report", "/report?month=2024-05"},
	} {
		whole, sql, statements, err := recorder.beside(ctx, func() error { _, err := get(ctx, client, base+page.path); return err })
		if err != nil {
			return fmt.Errorf("%s: %w", page.path, err)
		}
		if err := report(measure{
			Name: page.name + "_over_bare_sql", Value: whole.Seconds() / sql.Seconds(), Unit: "ratio",
			Detail: map[string]any{
				"observations": c.Observations, "accounts": benchAccounts, "statements": statements,
				"page_milliseconds": whole.Seconds() * 1000, "sql_milliseconds": sql.Seconds() * 1000,
			},
		}.below(1.5)); err != nil {
			return err
		}
	}
	return reportBytes(ctx, client, base, report)
}

// beside returns the middle times of a page and of the statements behind it,
// measured turn by turn.
func (r *recordingConn) beside(ctx context.Context, page func() error) (whole, sql time.Duration, statements int, err error) {
	for range 3 { // warm
		if err := page(); err != nil {
			return 0, 0, 0, err
		}
	}
	r.statements = nil
	if err := page(); err != nil {
		return 0, 0, 0, err
	}
	asked := r.statements
	var pages, bare []time.Duration
	for range 21 {
		began := time.Now()
		if err := page(); err != nil {
			return 0, 0, 0, err
		}
		pages = append(pages, time.Since(began))
		began = time.Now()
		for _, s := range asked {
			if err := s.replay(ctx, r.Conn); err != nil {
				return 0, 0, 0, err
			}
		}
		bare = append(bare, time.Since(began))
	}
	return middle(pages), middle(bare), len(asked), nil
}

// fillBench makes accounts of ten departments with posts of a year and n
// readings of them.
func (p *parts) fillBench(ctx context.Context, n uint64) error {
	by := schema.Version{ChangedBy: "bench", Reason: "bench"}
	var departments, accounts []any
	for i := range benchAccounts {
		if i < 10 {
			departments = append(departments, &schema.Department{ID: schema.DepartmentID(fmt.Sprintf("d%d", i)), NameEn: fmt.Sprintf("Department %d", i), Version: by})
		}
		accounts = append(accounts, &schema.Account{
			ID: schema.AccountID(fmt.Sprintf("a%d", i)), Department: schema.DepartmentID(fmt.Sprintf("d%d", i%10)), Platform: schema.Instagram,
			Handle: fmt.Sprintf("account%d", i), Name: fmt.Sprintf("Account %d", i), Status: schema.StatusApproved, Version: by,
		})
	}
	if err := schema.Insert(ctx, p.store.Conn, "departments", departments); err != nil {
		return err
	}
	if err := schema.Insert(ctx, p.store.Conn, "accounts", accounts); err != nil {
		return err
	}
	hash, err := dashboard.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	if err := p.directory.SavePerson(ctx, schema.Person{
		ID: "bench", Email: demoEmail, Name: "Bench", Role: schema.RoleAnalyst, Language: "en",
		PasswordHash: hash, Status: schema.StatusActive, Version: by,
	}); err != nil {
		return err
	}
	// Posts are spread evenly over the year before the clock; each is read n /
	// posts times over its first 40 days or as far as the clock has come.
	posts := max(n/200, benchAccounts)
	statements := []string{
		`INSERT INTO posts (account_id, post_id, platform, text, permalink, published_at, collected_at)
		SELECT concat('a', toString(number % 200)), concat('p', toString(number)), 'instagram', 'text', 'https://example.org',
			toDateTime64('2023-06-01 00:00:00', 3, 'UTC') + INTERVAL (number * 31536000 / {posts:UInt64}) SECOND, '2024-06-01 00:00:00'
		FROM numbers({posts:UInt64})`,
		`INSERT INTO account_observations (account_id, platform, observed_at, followers)
		SELECT concat('a', toString(number % 200)), 'instagram',
			toDateTime64('2023-06-01 00:00:00', 3, 'UTC') + INTERVAL intDiv(number, 200) DAY, 1000 * (number % 200) + intDiv(number, 200)
		FROM numbers(200 * 366)`,
	}
	for month := range 13 {
		statements = append(statements, fmt.Sprintf(`INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, reach)
		SELECT account_id, post_id, 'instagram', at, 'media', 10 * reading + cityHash64(post_id) %% 50, reading, NULL
		FROM
		(
			SELECT account_id, post_id, reading, published_at + INTERVAL (reading * 17280) SECOND AS at
			FROM posts ARRAY JOIN range(toUInt64({n:UInt64} / {posts:UInt64})) AS reading
		)
		WHERE toYYYYMM(at) = toYYYYMM(toDate('2023-06-01') + INTERVAL %d MONTH)`, month))
	}
	for _, s := range statements {
		if err := p.store.Conn.Exec(ctx, s, clickhouse.Named("n", n), clickhouse.Named("posts", posts)); err != nil {
			return err
		}
	}
	return nil
}

// benchDashboard serves the dashboard of the parts on a loopback port.
func (p *parts) benchDashboard() (*http.Client, string, func(), error) {
	queue, err := miniredis.Run()
	if err != nil {
		return nil, "", nil, err
	}
	client := redis.NewClient(&redis.Options{Addr: queue.Addr()})
	server := &dashboard.Server{
		Stats: figures{p.stats, p.directory, collector.DefaultBackfill}, People: people{p.directory, p.audit}, Notes: p.directory, Reports: p.directory,
		Imports: p.importer(), Readings: collector.Typed{Conn: p.store.Conn},
		Sessions: dashboard.RedisStorage{Client: client}, Queue: jobs.NewClient(client),
		Now: p.clock.Now, Zone: p.stats.Zone, Log: p.log, Version: version,
	}
	app, err := server.App()
	if err != nil {
		return nil, "", nil, err
	}
	listener, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, "", nil, err
	}
	go app.Listener(listener)
	browser, err := newBrowser()
	stop := func() { app.Shutdown(); client.Close(); queue.Close() }
	return browser, "http://" + listener.Addr().String(), stop, err
}

// reportBytes measures what a browser must fetch before the first figure can
// be read: the page and the style sheets that block it, compressed.
func reportBytes(ctx context.Context, client *http.Client, base string, report func(measure) error) error {
	for _, language := range []string{"en", "ur"} {
		sizes, err := firstFigure(ctx, client, base, language)
		if err != nil {
			return err
		}
		var sum int
		for _, n := range sizes {
			sum += n
		}
		err = report(measure{Name: "bytes_to_first_figure_" + language, Value: float64(sum), Unit: "bytes", Detail: sizes}.below(60_000))
		if err != nil {
			return err
		}
	}
	return nil
}

// A recordingConn writes down the questions that go through it.
type recordingConn struct {
	driver.Conn
	mu         sync.Mutex // a page asks several at once
	statements []statement
}

func (r *recordingConn) note(query string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, statement{query, args})
}

type statement struct {
	query string
	args  []any
}

func (r *recordingConn) Select(ctx context.Context, dest any, query string, args ...any) error {
	r.note(query, args)
	return r.Conn.Select(ctx, dest, query, args...)
}

func (r *recordingConn) QueryRow(ctx context.Context, query string, args ...any) driver.Row {
	r.note(query, args)
	return r.Conn.QueryRow(ctx, query, args...)
}

// replay asks the question again and drops its rows.
func (s statement) replay(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.Query(ctx, s.query, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", url, resp.StatusCode)
	}
	return body, err
}
