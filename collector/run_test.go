package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestMain(m *testing.M) { schematest.Main(m) }

// fake is a connector that does what the test says.
type fake func(ctx context.Context, job Job, store Store) (Cursor, error)

func (f fake) Collect(ctx context.Context, job Job, store Store) (Cursor, error) {
	return f(ctx, job, store)
}

// collectorOn returns a collector on a fresh store whose clock stands still.
func collectorOn(t *testing.T, s *schema.Store, now *time.Time, f fake) *Collector {
	t.Helper()
	w := NewWriter(s.Conn)
	t.Cleanup(w.Close)
	return &Collector{
		Conn: s.Conn, Writer: w, Connectors: map[schema.Platform]Connector{schema.Instagram: f},
		Now: func() time.Time { return *now }, Log: slog.New(slog.DiscardHandler),
	}
}

// pageOf returns a page with one post and one reading of it.
func pageOf(id string, published time.Time, likes int64) Page {
	return Page{
		Posts:        []schema.Post{{AccountID: "a", PostID: id, Platform: schema.Instagram, Text: "متن " + id, PublishedAt: published, CollectedAt: published}},
		Observations: []schema.Observation{{AccountID: "a", PostID: id, Platform: schema.Instagram, ObservedAt: published.Add(time.Hour), Call: "media", Counters: schema.Counters{Reactions: &likes}}},
		Calls:        1,
	}
}

var testAccount = schema.Account{ID: "a", Platform: schema.Instagram, Handle: "a", Status: schema.StatusApproved}

func count(t *testing.T, s *schema.Store, query string) uint64 {
	t.Helper()
	var n uint64
	if err := s.Conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCollectNotesTheRun(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	c := collectorOn(t, s, &now, func(ctx context.Context, job Job, store Store) (Cursor, error) {
		if job.Cursor != "" || !job.Depth.Equal(now.Add(-DefaultBackfill)) || !job.InsightsDue(schema.Post{PublishedAt: now}) {
			t.Errorf("first job: cursor %q, depth %s", job.Cursor, job.Depth)
		}
		job.OnUsage(42)
		for i := range 3 {
			if err := store(ctx, pageOf(fmt.Sprint(i), now.Add(-48*time.Hour), 7)); err != nil {
				return "", err
			}
		}
		return "", nil
	})
	run, err := c.Collect(t.Context(), testAccount, false)
	if err != nil {
		t.Fatal(err)
	}
	if !run.Complete || run.Outcome != OutcomeOK || run.Pages != 3 || run.Posts != 3 || run.Observations != 3 || run.Calls != 3 || run.QuotaPercent == nil || *run.QuotaPercent != 42 {
		t.Errorf("run = %+v", run)
	}
	histories, err := Histories(t.Context(), s.Conn, now)
	if err != nil {
		t.Fatal(err)
	}
	h := histories["a"]
	if len(h) != 1 || h[0].ID != run.ID || !h[0].Complete || h[0].FinishedAt == nil {
		t.Fatalf("stored runs = %+v", h)
	}
	// Nothing is due now, unless it is forced.
	if run, err := c.Collect(t.Context(), testAccount, false); err != nil || run.ID != "" {
		t.Errorf("second Collect = %+v, %v; want nothing done", run, err)
	}
	now = now.Add(time.Minute)
	forced := false
	c.Connectors[schema.Instagram] = fake(func(_ context.Context, job Job, _ Store) (Cursor, error) {
		forced = job.Depth.Equal(now.Add(-day)) && job.InsightsDue(schema.Post{PublishedAt: now}) && !job.InsightsDue(schema.Post{PublishedAt: now.Add(-2 * day)})
		return "", nil
	})
	if _, err := c.Collect(t.Context(), testAccount, true); err != nil || !forced {
		t.Errorf("forced Collect: %v, day one read: %v", err, forced)
	}
}

// What a complete pass leaves comes to the next, also after passes that failed;
// what a failed one leaves is lost. A wish to rest is kept however a run ends.
func TestCollectLeavesForTheNext(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	var fails error
	var left string
	c := collectorOn(t, s, &now, func(_ context.Context, job Job, _ Store) (Cursor, error) {
		left = job.Left
		job.Leave("early")
		job.Leave(fmt.Sprintf("of %s, failed: %v", now.Format(time.TimeOnly), fails != nil))
		job.OnRest(now.Add(3 * time.Hour))
		return "", fails
	})
	for _, step := range []struct {
		fails error
		left  string
	}{{nil, ""}, {ErrTransient, "of 12:00:00, failed: false"}, {nil, "of 12:00:00, failed: false"}, {nil, "of 14:00:00, failed: false"}} {
		fails = step.fails
		run, err := c.Collect(t.Context(), testAccount, true)
		if !errors.Is(err, step.fails) || left != step.left {
			t.Errorf("at %s: left %q, error %v, want %q, %v", now.Format(time.TimeOnly), left, err, step.left, step.fails)
		}
		histories, err := Histories(t.Context(), s.Conn, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, unfinished := histories["a"].Unfinished(now); unfinished {
			t.Errorf("at %s: what is left is taken for a cursor", now.Format(time.TimeOnly))
		}
		if want := now.Add(3 * time.Hour); run.RetryAt == nil || !histories["a"].WaitUntil().Equal(want) || c.NextDue(histories["a"]).Before(want) {
			t.Errorf("at %s: wait until %s, next due %s, want %s at the earliest", now.Format(time.TimeOnly), histories["a"].WaitUntil(), c.NextDue(histories["a"]), want)
		}
		now = now.Add(time.Hour)
	}
}

func TestCollectGoesOnWhereItStopped(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	broken := true
	c := collectorOn(t, s, &now, func(ctx context.Context, job Job, store Store) (Cursor, error) {
		from := 0
		if job.Cursor != "" {
			fmt.Sscan(string(job.Cursor), &from)
		}
		for i := from; i < 5; i++ {
			if broken && i == 3 {
				return Cursor(fmt.Sprint(i)), fmt.Errorf("page %d: %w", i, ErrTransient)
			}
			p := pageOf(fmt.Sprint(i), now.Add(-48*time.Hour), 1)
			p.Next = Cursor(fmt.Sprint(i + 1))
			if err := store(ctx, p); err != nil {
				return Cursor(fmt.Sprint(i)), err
			}
		}
		return "", nil
	})
	first, err := c.Collect(t.Context(), testAccount, false)
	if OutcomeOf(err) != OutcomeRetry || first.Complete || first.CursorAfter != "3" || first.Pages != 3 {
		t.Fatalf("first run = %+v, %v", first, err)
	}
	broken = false
	now = now.Add(10 * time.Minute)
	second, err := c.Collect(t.Context(), testAccount, false)
	if err != nil || !second.Complete || second.Pages != 2 {
		t.Fatalf("second run = %+v, %v; want the two pages that were left", second, err)
	}
	if !second.PassStartedAt.Equal(first.StartedAt) || !second.Depth.Equal(first.Depth) {
		t.Errorf("second run belongs to a pass of %s, want %s", second.PassStartedAt, first.StartedAt)
	}
	if n := count(t, s, "SELECT count() FROM posts FINAL"); n != 5 {
		t.Errorf("%d posts are stored, want 5", n)
	}
	// The pass counts from its beginning: what came in since is due an hour
	// after that.
	h, err := Histories(t.Context(), s.Conn, now, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.NextDue(h["a"]); !got.Equal(first.StartedAt.Add(time.Hour)) {
		t.Errorf("next due %s, want %s", got, first.StartedAt.Add(time.Hour))
	}
}

func TestCollectAfterADayBeginsANewPass(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	c := collectorOn(t, s, &now, func(context.Context, Job, Store) (Cursor, error) { return "half", ErrTransient })
	if _, err := c.Collect(t.Context(), testAccount, false); err == nil {
		t.Fatal("want an error")
	}
	now = now.Add(25 * time.Hour)
	c.Connectors[schema.Instagram] = fake(func(_ context.Context, job Job, _ Store) (Cursor, error) {
		if job.Cursor != "" {
			t.Errorf("cursor of a day ago is used: %q", job.Cursor)
		}
		return "", nil
	})
	if _, err := c.Collect(t.Context(), testAccount, false); err != nil {
		t.Fatal(err)
	}
}

func TestCollectOutcomes(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	for i, tt := range []struct {
		err  error
		want Outcome
	}{
		{ErrRequest, OutcomeFixRequest},
		{ErrUnauthorized, OutcomeReconnect},
		{ErrGone, OutcomeGone},
		{ErrTransient, OutcomeRetry},
		{&RateLimitError{RetryAfter: time.Hour}, OutcomeWait},
		{context.DeadlineExceeded, OutcomeInterruption},
		{errors.New("the store does not answer"), OutcomeRetry},
	} {
		a := testAccount
		a.ID = schema.AccountID(fmt.Sprint("a", i))
		c := collectorOn(t, s, &now, func(context.Context, Job, Store) (Cursor, error) { return "", fmt.Errorf("wrapped: %w", tt.err) })
		run, err := c.Collect(t.Context(), a, false)
		if !errors.Is(err, tt.err) || run.Outcome != tt.want || run.Complete || run.Error == "" {
			t.Errorf("Collect with %v: outcome %q, complete %v, error %v", tt.err, run.Outcome, run.Complete, err)
		}
		if tt.want == OutcomeWait && (run.RetryAt == nil || !run.RetryAt.Equal(now.Add(time.Hour))) {
			t.Errorf("retry at %v, want an hour from now", run.RetryAt)
		}
	}
	if _, err := (&Collector{}).Collect(t.Context(), schema.Account{ID: "x", Platform: "bigo"}, false); !errors.Is(err, ErrRequest) {
		t.Errorf("a platform without a connector: %v, want ErrRequest", err)
	}
}

func TestCollectWithoutInsightsIsComplete(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	c := collectorOn(t, s, &now, func(context.Context, Job, Store) (Cursor, error) {
		return "", fmt.Errorf("%w: %w", ErrNoInsights, ErrUnauthorized)
	})
	run, err := c.Collect(t.Context(), testAccount, false)
	if !errors.Is(err, ErrUnauthorized) || run.Outcome != OutcomeReconnect || !run.Complete {
		t.Fatalf("run = %+v, %v", run, err)
	}
	h, err := Histories(t.Context(), s.Conn, now, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.NextDue(h["a"]); !got.Equal(now.Add(time.Hour)) {
		t.Errorf("next due %s, want in an hour: what anyone may see goes on", got)
	}
}

func TestCollectWhileCtxEnds(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	ctx, cancel := context.WithCancel(t.Context())
	c := collectorOn(t, s, &now, func(ctx context.Context, _ Job, _ Store) (Cursor, error) {
		cancel()
		return "here", ctx.Err()
	})
	if _, err := c.Collect(ctx, testAccount, false); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want canceled", err)
	}
	h, err := Histories(t.Context(), s.Conn, now, "a")
	if err != nil || len(h["a"]) != 1 || h["a"][0].Outcome != OutcomeInterruption || h["a"][0].CursorAfter != "here" {
		t.Errorf("the interrupted run is noted as %+v, %v", h["a"], err)
	}
}

func TestStoreTwiceChangesNothing(t *testing.T) {
	s := schematest.Open(t)
	w := NewWriter(s.Conn)
	defer w.Close()
	at := schematest.Time(t, "2024-06-01 12:00:00")
	p := pageOf("x", at, 7)
	p.Profiles = []schema.AccountObservation{{AccountID: "a", ObservedAt: at}}
	p.Raw = []schema.RawAnswer{{AccountID: "a", ReceivedAt: at, BodyHash: "h", Body: "b"}}
	// Two calls of one second are two readings.
	second := p.Observations[0]
	second.Call = "insights"
	p.Observations = append(p.Observations, second)
	for range 3 {
		if err := w.Store(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for table, want := range map[string]uint64{"posts": 1, "observations": 2, "account_observations": 1, "raw_answers": 1, "post_versions": 1} {
		if n := count(t, s, "SELECT count() FROM "+table+" FINAL"); n != want {
			t.Errorf("%s has %d rows after storing a page three times, want %d", table, n, want)
		}
	}
}

func TestPostVersionsKeepEveryWording(t *testing.T) {
	s := schematest.Open(t)
	at := schematest.Time(t, "2024-06-01 12:00:00")
	for i, text := range []string{"first", "second", "first"} {
		p := pageOf("x", at, 1).Posts
		p[0].Text, p[0].CollectedAt = text, at.Add(time.Duration(i)*time.Hour)
		if err := InsertPosts(t.Context(), s.Conn, p); err != nil {
			t.Fatal(err)
		}
	}
	var rows []struct {
		Text  string    `ch:"text"`
		First time.Time `ch:"first"`
		Last  time.Time `ch:"last"`
	}
	if err := s.Conn.Select(t.Context(), &rows, `SELECT any(text) AS text, min(first_seen) AS first, max(last_seen) AS last
		FROM post_versions GROUP BY account_id, post_id, content_hash ORDER BY first`); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Text != "first" || !rows[0].Last.Equal(at.Add(2*time.Hour)) || rows[1].Text != "second" {
		t.Errorf("versions = %+v", rows)
	}
}

func TestObservationsOfTwoMonthsAreTwoInserts(t *testing.T) {
	s := schematest.Open(t)
	var rows []schema.Observation
	for _, text := range []string{"2024-05-31 23:59:59", "2024-06-01 00:00:00", "2024-05-31 23:00:00"} {
		rows = append(rows, schema.Observation{AccountID: "a", PostID: text, ObservedAt: schematest.Time(t, text), Call: "media"})
	}
	if err := InsertObservations(t.Context(), s.Conn, rows); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SELECT count() FROM observations"); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	if n := count(t, s, "SELECT uniqExact(_partition_id) FROM observations"); n != 2 {
		t.Errorf("%d partitions, want 2", n)
	}
}

func TestWriterClosed(t *testing.T) {
	w := NewWriter(nil)
	w.Close()
	w.Close()
	if err := w.Store(t.Context(), Page{}); err == nil {
		t.Error("a closed writer accepts a page")
	}
}
