package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// checkTimeout bounds a whole check.
const checkTimeout = 5 * time.Minute

// check runs the demo as processes of their own: the sandbox, the holder of the
// engine and the queue, the workers and the schedule. It waits for one full
// collection of all accounts and compares what is stored with what was there
// to be read. Processes that die are started again.
func (c *demoCmd) check(ctx context.Context, out io.Writer, platforms *standIns, dir string) error {
	limit := checkTimeout
	if c.Faults != "" {
		limit = faultsTimeout
		if _, err := readPlan(c.Faults, c.Seed); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no full collection within %s", limit))
	defer cancel()

	// The store is made ready by this process, then left to the holder.
	p, err := openStore(ctx, storeSettings{Data: dir, Zone: "Asia/Karachi", LogLevel: c.LogLevel}, true)
	if err != nil {
		return err
	}
	err = errors.Join(c.startClock(ctx, p), p.seedDemo(ctx, platforms.worlds()))
	clock := p.clock
	if err = errors.Join(err, p.close()); err != nil {
		return err
	}

	s, err := c.supervise(ctx, dir, clock, platforms)
	if err != nil {
		return err
	}
	defer s.stop()

	p, err = openStore(ctx, storeSettings{Data: dir, Zone: "Asia/Karachi", Clock: clock.String(), LogLevel: c.LogLevel}, false)
	if err != nil {
		return err
	}
	defer p.close()
	if p.store.Holder {
		return errors.New("check: the process that should hold the engine does not run")
	}
	progress := c.progress()
	if c.Faults != "" {
		progress = withKills(s, platforms.worlds(), demoStart.Add(-c.Backfill), progress)
	}
	if err := p.waitForFullCollection(ctx, progress); err != nil {
		return err
	}
	result, err := p.compareWithWorlds(ctx, platforms.worlds())
	if err != nil {
		return err
	}
	for _, d := range result.differences {
		fmt.Fprintln(out, d)
	}
	fmt.Fprintf(out, "%d posts, %d observations, %d comments, %d differences\n", result.posts, result.observations, result.comments, len(result.differences))
	if len(result.differences) > 0 {
		return errReported
	}
	return nil
}

// progress prints how far the collection is, where a person looks on.
func (c *demoCmd) progress() func(done, all int, posts uint64) {
	began := time.Now()
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return func(done, all int, posts uint64) {
		if terminal {
			fmt.Fprintf(stderr, "\r%d of %d accounts, %d posts, %s ", done, all, posts, time.Since(began).Round(time.Second))
			if done == all {
				fmt.Fprintln(stderr)
			}
		}
	}
}

// waitForFullCollection returns once every approved account has been read to
// its depth and its daily figures are derived.
func (p *parts) waitForFullCollection(ctx context.Context, progress func(done, all int, posts uint64)) error {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	var last error
	for {
		if err := enoughSpace(p.store.Dir, spaceToRun); err != nil {
			return err
		}
		done, all, posts, err := p.collected(ctx)
		if err == nil {
			progress(done, all, posts)
			if done == all {
				return nil
			}
		}
		if ctx.Err() == nil {
			last = err // the holder may be starting again: asked once more
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), last)
		case <-ticker.C:
		}
	}
}

// collected counts the accounts that have been read in full.
func (p *parts) collected(ctx context.Context) (done, all int, posts uint64, err error) {
	accounts, err := p.directory.Accounts(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	histories, err := collector.Histories(ctx, p.store.Conn, p.clock.Now())
	if err != nil {
		return 0, 0, 0, err
	}
	for _, a := range accounts {
		all++
		for _, r := range histories[a.ID] {
			if r.Complete {
				done++
				break
			}
		}
	}
	err = p.store.Conn.QueryRow(ctx, `SELECT uniqExact(account_id, post_id) FROM posts`).Scan(&posts)
	return done, all, posts, err
}

// A comparison is what compareWithWorlds found.
type comparison struct {
	posts        int
	observations int
	comments     int
	differences  []string
}

func (c *comparison) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

// compareWithWorlds holds every stored post, reading and profile against its
// world at the moment of the reading, counter by counter, and looks for posts
// that are missing.
func (p *parts) compareWithWorlds(ctx context.Context, worlds []sandbox.World) (*comparison, error) {
	c := &comparison{}
	histories, err := collector.Histories(ctx, p.store.Conn, p.clock.Now())
	if err != nil {
		return nil, err
	}
	for _, world := range worlds {
		for _, a := range world.Accounts() {
			id := standInAccount(world, a)
			err := errors.Join(
				p.comparePosts(ctx, c, world, a, id, histories[id]),
				p.compareProfiles(ctx, c, world, a, id),
				p.compareObservations(ctx, c, world, a, id),
				p.compareComments(ctx, c, world, a, id))
			if err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func (p *parts) comparePosts(ctx context.Context, c *comparison, world sandbox.World, a sandbox.Account, id schema.AccountID, h collector.History) error {
	var stored []struct {
		PostID      string    `ch:"post_id"`
		Text        string    `ch:"text"`
		Permalink   string    `ch:"permalink"`
		PublishedAt time.Time `ch:"published_at"`

		Relation  schema.Relation `ch:"relation"`
		RelatedID string          `ch:"related_id"`
	}
	err := p.store.Conn.Select(ctx, &stored, `SELECT post_id, text, permalink, published_at, relation, related_id FROM posts FINAL
		WHERE account_id = {account:String}`, named("account", id))
	if err != nil {
		return fmt.Errorf("check posts of %s: %w", id, err)
	}
	truth := map[string]sandbox.Post{}
	// A story that was read may have vanished since.
	for _, at := range []time.Time{p.clock.Now().Add(-24 * time.Hour), p.clock.Now()} {
		for _, t := range world.Posts(a.Handle, at) {
			truth[t.PostID] = t
		}
	}
	seen := map[string]bool{}
	for _, s := range stored {
		c.posts++
		if seen[s.PostID] {
			c.differ("%s: post %s is stored twice", id, s.PostID)
		}
		seen[s.PostID] = true
		switch t, ok := truth[s.PostID]; {
		case !ok:
			c.differ("%s: post %s is stored and was never published", id, s.PostID)
		case t.Text != s.Text:
			c.differ("%s: post %s: text %q is stored, it is %q", id, s.PostID, s.Text, t.Text)
		case !t.PublishedAt.Equal(s.PublishedAt):
			c.differ("%s: post %s: published %s is stored, it was %s", id, s.PostID, s.PublishedAt, t.PublishedAt)
		case t.Permalink != s.Permalink:
			c.differ("%s: post %s: link %q is stored, it is %q", id, s.PostID, s.Permalink, t.Permalink)
		case t.Relation != s.Relation || t.RelatedID != s.RelatedID:
			c.differ("%s: post %s: relation %q to %q is stored, it is %q to %q", id, s.PostID, s.Relation, s.RelatedID, t.Relation, t.RelatedID)
		}
	}
	for _, r := range h {
		if !r.Complete {
			continue
		}
		// All that was there when a complete pass began, down to its depth, but
		// for stories, which vanish.
		for _, t := range world.Posts(a.Handle, r.PassStartedAt) {
			if !seen[t.PostID] && !t.PublishedAt.Before(r.Depth) && t.Format != schema.FormatStory {
				c.differ("%s: post %s of %s is missing", id, t.PostID, t.PublishedAt)
				seen[t.PostID] = true
			}
		}
	}
	return nil
}

// compareComments holds the stored comments against those that were there when
// they were collected. Which comments are read is the connector's choice, so
// those that are not stored are no difference.
func (p *parts) compareComments(ctx context.Context, c *comparison, world sandbox.World, a sandbox.Account, id schema.AccountID) error {
	var stored []schema.Comment
	err := p.store.Conn.Select(ctx, &stored, `SELECT * FROM comments FINAL WHERE account_id = {account:String} ORDER BY post_id, comment_id`, named("account", id))
	if err != nil {
		return fmt.Errorf("check comments of %s: %w", id, err)
	}
	commented, ok := world.(sandbox.Commented)
	if !ok && len(stored) > 0 {
		c.differ("%s: %d comments are stored and nobody wrote any", id, len(stored))
		return nil
	}
	byPost := map[string]map[string]sandbox.Comment{}
	for _, s := range stored {
		c.comments++
		truth := byPost[s.PostID]
		if truth == nil {
			truth = map[string]sandbox.Comment{}
			for _, t := range commented.Comments(a, s.PostID, p.clock.Now()) {
				truth[t.CommentID] = t
			}
			byPost[s.PostID] = truth
		}
		got := sandbox.Comment{CommentID: s.CommentID, ParentID: s.ParentID, Text: s.Text, Official: s.Official, PublishedAt: s.PublishedAt.UTC()}
		switch t, ok := truth[s.CommentID]; {
		case !ok:
			c.differ("%s: comment %s under %s is stored and was never written", id, s.CommentID, s.PostID)
		case t != got || s.CollectedAt.Before(t.PublishedAt):
			c.differ("%s: comment %s under %s: %+v is stored, it is %+v", id, s.CommentID, s.PostID, got, t)
		}
	}
	return nil
}

func (p *parts) compareProfiles(ctx context.Context, c *comparison, world sandbox.World, a sandbox.Account, id schema.AccountID) error {
	var stored []schema.AccountObservation
	err := p.store.Conn.Select(ctx, &stored, `SELECT * FROM account_observations FINAL
		WHERE account_id = {account:String}`, named("account", id))
	if err != nil {
		return fmt.Errorf("check profile of %s: %w", id, err)
	}
	for _, s := range stored {
		t := world.Profile(a.Handle, s.ObservedAt)
		c.counter(id, "profile", s.ObservedAt, "followers", s.Followers, t.Followers)
		c.counter(id, "profile", s.ObservedAt, "posts", s.Posts, t.Posts)
		c.counter(id, "profile", s.ObservedAt, "views", s.Views, t.Views)
	}
	if len(stored) == 0 {
		c.differ("%s: no profile is stored", id)
	}
	return nil
}

// counter notes a difference between two numbers, either of which may be
// unknown.
func (c *comparison) counter(id schema.AccountID, what string, at time.Time, name string, stored, truth *int64) {
	if stored == nil && truth == nil || stored != nil && truth != nil && *stored == *truth {
		return
	}
	c.differ("%s: %s at %s: %s %s is stored, it was %s", id, what, at.Format(time.RFC3339), name, number(stored), number(truth))
}

func number(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return fmt.Sprint(*n)
}

func (p *parts) compareObservations(ctx context.Context, c *comparison, world sandbox.World, a sandbox.Account, id schema.AccountID) error {
	rows, err := p.store.Conn.Query(ctx, `SELECT post_id, observed_at, call, views, impressions, reach, reactions, comments,
			shares, saves, clicks, watch_seconds, extra
		FROM observations FINAL WHERE account_id = {account:String} ORDER BY post_id, observed_at, call`, named("account", id))
	if err != nil {
		return fmt.Errorf("check readings of %s: %w", id, err)
	}
	defer rows.Close()
	posts := map[string]sandbox.Post{}
	for _, t := range world.Posts(a.Handle, p.clock.Now()) {
		posts[t.PostID] = t
	}
	for rows.Next() {
		var o schema.Observation
		if err := rows.ScanStruct(&o); err != nil {
			return fmt.Errorf("check readings of %s: %w", id, err)
		}
		c.observations++
		what := "post " + o.PostID + ", " + o.Call
		truth, ok := world.Truth(a.Handle, o.PostID, o.ObservedAt)
		if !ok {
			c.differ("%s: %s at %s: the post was not there", id, what, o.ObservedAt.Format(time.RFC3339))
			continue
		}
		names := world.Told(a, posts[o.PostID], o.Call)
		if names == nil {
			c.differ("%s: %s: no such call reads this account", id, what)
			continue
		}
		got, want := counterMap(o.Counters), counterMap(truth.Counters)
		for name := range got {
			expected := want[name]
			if !slices.Contains(names, name) {
				expected = nil
			}
			c.counter(id, what, o.ObservedAt, name, got[name], expected)
		}
		for _, name := range slices.Sorted(maps.Keys(o.Extra)) {
			n := o.Extra[name]
			c.counter(id, what, o.ObservedAt, name, &n, pointerTo(truth.Platform, name))
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("check readings of %s: %w", id, err)
	}
	return nil
}

func pointerTo(m map[string]int64, key string) *int64 {
	if n, ok := m[key]; ok {
		return &n
	}
	return nil
}

func counterMap(c schema.Counters) map[string]*int64 {
	return map[string]*int64{
		"views": c.Views, "impressions": c.Impressions, "reach": c.Reach, "reactions": c.Reactions, "comments": c.Comments,
		"shares": c.Shares, "saves": c.Saves, "clicks": c.Clicks, "watch_seconds": c.WatchSeconds,
	}
}

// supervise starts the processes of a check.
func (c *demoCmd) supervise(ctx context.Context, dir string, clock schema.Clock, platforms *standIns) (*supervisor, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	server := platforms.serve(standInOptions{})
	tokens, err := server.writeTokens(dir)
	if err != nil {
		return nil, err
	}
	s := newSupervisor(filepath.Join(dir, "processes.json"), append([]string{
		"HAMAWAZ_DATA=" + dir, "HAMAWAZ_ZONE=Asia/Karachi", "HAMAWAZ_CLOCK=" + clock.String(), "HAMAWAZ_LOG_LEVEL=" + c.LogLevel,
		"HAMAWAZ_LISTEN=127.0.0.1:0", "HAMAWAZ_BACKFILL=" + c.Backfill.String(),
	}, server.environment("http://"+port, tokens)...))
	modelled := "--modelled"
	if !c.Modelled {
		modelled = "--no-modelled"
	}
	if c.Faults != "" {
		if err := s.startRedis(ctx, dir); err != nil {
			return nil, err
		}
	}
	err = s.start("sandbox", "sandbox", "--listen="+port, "--token-file="+tokens.token, fmt.Sprintf("--seed=%d", c.Seed), modelled, "--plan="+c.Faults)
	if err == nil {
		err = s.start("holder", "serve")
	}
	if err == nil {
		err = s.waitForHolder(ctx, dir)
	}
	for _, role := range []string{"work", "schedule"} {
		if err == nil {
			err = s.start(role, role)
		}
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// withoutOurs returns the environment without HAMAWAZ_ variables.
func withoutOurs(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(v string) bool {
		return strings.HasPrefix(v, "HAMAWAZ_") && !strings.HasPrefix(v, "HAMAWAZ_LIBCHDB=")
	})
}
