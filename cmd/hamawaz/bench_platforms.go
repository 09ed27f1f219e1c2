package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// benchPlatforms measures, for each platform's sandbox by HTTP, how many posts
// come into the store in a second of a first pass, and how many calls a day of
// an account takes after it against the least that its contract allows.
func benchPlatforms(ctx context.Context, report func(measure) error) error {
	platforms, err := sandboxSettings{Seed: 1, Modelled: true}.load()
	if err != nil {
		return err
	}
	for _, world := range platforms.worlds() {
		if err := benchPlatform(ctx, platforms, world, report); err != nil {
			return fmt.Errorf("%s: %w", world.Platform(), err)
		}
	}
	return nil
}

func benchPlatform(ctx context.Context, platforms *standIns, world sandbox.World, report func(measure) error) (err error) {
	p, closeStore, err := benchStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	p.setClock(benchClock)
	server := platforms.serve(standInOptions{Now: func() time.Time { return p.clock.Now() }})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	api := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(listener)
	defer api.Close()
	tokens, err := server.writeTokens(p.store.Dir)
	if err != nil {
		return err
	}
	settings := server.settings("http://"+listener.Addr().String(), tokens)
	settings.Backfill, settings.Workers = collector.DefaultBackfill, 8

	began := time.Now()
	first, err := p.benchRound(ctx, settings, world)
	if err != nil {
		return err
	}
	took := time.Since(began)
	name := string(world.Platform())
	err = report(measure{
		Name: "first_pass_" + name, Value: float64(first.posts) / took.Seconds(), Unit: "posts/s",
		Detail: map[string]any{"accounts": len(world.Accounts()), "posts": first.posts, "calls": first.calls, "seconds": took.Seconds()},
		Notes:  []string{"sandbox and collector share the same cores"},
	})
	if err != nil {
		return err
	}

	var day benchCalls
	for hour := range 24 {
		p.setClock(schema.NewClock(demoStart.Add(time.Duration(hour+1)*time.Hour+time.Minute), 1))
		one, err := p.benchRound(ctx, settings, world)
		if err != nil {
			return err
		}
		day.calls, day.least, day.posts = day.calls+one.calls, day.least+one.least, day.posts+one.posts
	}
	accounts := float64(len(world.Accounts()))
	return report(measure{
		Name: "calls_of_a_day_" + name, Value: float64(day.calls) / float64(day.least), Unit: "ratio",
		Detail: map[string]any{"calls_per_account_day": float64(day.calls) / accounts, "least_per_account_day": float64(day.least) / accounts},
	}.judged(float64(day.calls) <= 1.1*float64(day.least), "<= 1.1"))
}

// benchCalls is what runs over accounts took.
type benchCalls struct{ posts, calls, least int }

// benchRound collects what is due of all accounts of the world, eight at once.
func (p *parts) benchRound(ctx context.Context, settings collectSettings, world sandbox.World) (benchCalls, error) {
	coll, err := p.collector(settings, nil)
	if err != nil {
		return benchCalls{}, err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	all := make([]benchCalls, len(world.Accounts()))
	for i, a := range world.Accounts() {
		account := schema.Account{ID: standInAccount(world, a), Platform: world.Platform(), Handle: a.Handle, PlatformID: a.PlatformID, URL: a.URL, Access: a.Access, Status: schema.StatusApproved}
		g.Go(func() error {
			run, err := coll.Collect(gctx, account, false)
			if err != nil || run.ID == "" {
				return err
			}
			read, err := p.benchRead(gctx, run.ID)
			if err != nil {
				return err
			}
			for _, post := range world.Posts(a.Handle, run.StartedAt) {
				if !post.PublishedAt.Before(run.Depth) {
					read.due++
				}
			}
			all[i] = benchCalls{int(run.Posts), int(run.Calls), leastCalls(a, world.Platform(), read)}
			return nil
		})
	}
	err = g.Wait()
	var sum benchCalls
	for _, one := range all {
		sum.posts, sum.calls, sum.least = sum.posts+one.posts, sum.calls+one.calls, sum.least+one.least
	}
	return sum, err
}

// benchItems is what a run had to read, and read.
type benchItems struct {
	due      int // posts that the plan asked for
	insights int // posts whose own insights were read
	days     int // of the account's own figures
	comments int // pages of 30 comments, each post by itself
}

// benchRead returns what the run read besides the list.
func (p *parts) benchRead(ctx context.Context, run string) (benchItems, error) {
	var insights, days, comments uint64
	err := p.store.Conn.QueryRow(ctx, `SELECT
		(SELECT uniqExact(post_id) FROM observations WHERE run_id = {run:String} AND call = 'insights'),
		(SELECT uniqExact(day) FROM account_insights WHERE run_id = {run:String}),
		(SELECT toUInt64(sum(intDiv(n + 29, 30))) FROM (SELECT uniqExact(comment_id) AS n FROM comments WHERE run_id = {run:String} GROUP BY post_id))`,
		named("run", run)).Scan(&insights, &days, &comments)
	return benchItems{insights: int(insights), days: int(days), comments: int(comments)}, err
}

// leastCalls is the least that a run over the account can take by its contract:
// the profile, the list of the posts that are due in pages as large as may be,
// their insights in batches as large as may be, and the same for what else came
// in. Comments come with the list where the contract lets them.
func leastCalls(a sandbox.Account, platform schema.Platform, n benchItems) int {
	pages := func(n, size int) int { return (n + size - 1) / size }
	list := func(size int) int { return max(1, pages(n.due, size)) } // an empty list is a call too
	owner := a.Access == schema.AccessOwner
	switch platform {
	case schema.Feed:
		return 1
	case schema.TikTok:
		return 1 + list(20) + n.comments + min(n.days, 1)
	case schema.YouTube:
		return 1 + list(50) + pages(n.due, 50) + min(n.comments, 1) + min(n.days, 1)
	case schema.X:
		return 1 + list(100) + pages(n.insights, 100)
	case schema.Instagram:
		if !owner {
			return list(50) // the profile comes with the list
		}
		return 2 + list(100) + n.insights + n.days // with the list of stories
	default:
		return 1 + list(100) + n.insights + min(n.days, 1)
	}
}

// benchBackfill measures the heap while a million posts of one account come in
// by the whole path: what is kept of a pass must not grow with it.
func benchBackfill(ctx context.Context, report func(measure) error) (err error) {
	const posts, early = 1_000_000, 100_000
	p, closeStore, err := benchStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	p.setClock(benchClock)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var heap [2]uint64 // when a tenth was listed, and at the end
	answers := &endlessTimeline{posts: posts, at: func(listed int) {
		if listed == early || listed == posts {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap[min(listed/posts, 1)] = m.HeapAlloc
		}
	}}
	api := &http.Server{Handler: answers, ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(listener)
	defer api.Close()
	token := filepath.Join(p.store.Dir, "sandbox.token")
	if err := os.WriteFile(token, []byte("bench"), 0o600); err != nil {
		return err
	}
	coll, err := p.collector(collectSettings{
		budgetSettings: budgetSettings{YouTubeUnits: 1}, XTokenFile: token, XURL: "http://" + listener.Addr().String(), XVocabulary: "legacy",
		Backfill: 20 * 365 * 24 * time.Hour, Workers: 1,
	}, nil)
	if err != nil {
		return err
	}
	began := time.Now()
	run, err := coll.Collect(ctx, schema.Account{ID: "bench", Platform: schema.X, Handle: "bench", PlatformID: "1", Access: schema.AccessPublic}, false)
	if err != nil {
		return err
	}
	if run.Posts != posts {
		return fmt.Errorf("%d posts came in, want %d", run.Posts, posts)
	}
	return report(measure{
		Name: "heap_of_a_million_posts", Value: float64(heap[1]) / float64(heap[0]), Unit: "ratio",
		Detail: map[string]any{"at_a_tenth_bytes": heap[0], "at_the_end_bytes": heap[1], "posts_per_second": float64(posts) / time.Since(began).Seconds()},
		Notes:  []string{"of the Go heap after a collection; the engine's memory is its own"},
	}.judged(float64(heap[1]) <= 1.2*float64(heap[0]), "<= 1.2"))
}

// An endlessTimeline answers like X, with one account that has so many posts, one
// each minute.
type endlessTimeline struct {
	posts int
	at    func(listed int) // called before each page
}

func (e *endlessTimeline) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasSuffix(r.URL.Path, "/tweets") {
		fmt.Fprint(w, `{"data":{"id":"1","username":"bench","name":"Bench","public_metrics":{"followers_count":1,"following_count":1,"tweet_count":1,"listed_count":0}}}`)
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("pagination_token"))
	e.at(from)
	var b strings.Builder
	b.WriteString(`{"data":[`)
	to := min(from+100, e.posts)
	for i := from; i < to; i++ {
		if i > from {
			b.WriteByte(',')
		}
		at := demoStart.Add(-time.Duration(i+1) * time.Minute).UTC()
		id := (at.UnixMilli() - 1288834974657) << 22 // as X makes its ids
		fmt.Fprintf(&b, `{"id":"%d","text":"Post %d of the department, with words as long as they usually are and a tag #balochistan","created_at":"%s","edit_history_tweet_ids":["%d"],`+
			`"public_metrics":{"retweet_count":%d,"reply_count":1,"like_count":%d,"quote_count":0,"bookmark_count":0,"impression_count":100}}`,
			id, i, at.Format("2006-01-02T15:04:05.000Z"), id, i%7, i%100)
	}
	b.WriteString(`],"meta":{"result_count":` + strconv.Itoa(to-from))
	if to < e.posts {
		b.WriteString(`,"next_token":"` + strconv.Itoa(to) + `"`)
	} else {
		e.at(to)
	}
	b.WriteString(`}}`)
	fmt.Fprint(w, b.String())
}
