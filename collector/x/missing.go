package x

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// Missing implements collector.Finder: it looks the posts up, a hundred at a
// time, and returns those that X names as gone, as not ours to see, or as those
// of a suspended account. X does not tell what was deleted from what never was.
//
// What is there is answered for too, and billed. So asking for all that is known
// of an account finds within a day what X's terms want deleted within one.
//
// A post is asked for by the version that was seen last. Deleting one version
// removes all.
func (c *Connector) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (gone map[string]schema.Absence, calls int, err error) {
	r, err := c.begin(ctx, job)
	if err != nil {
		return nil, 0, err
	}
	gone = make(map[string]schema.Absence)
	for len(posts) > 0 {
		some := posts[:min(len(posts), maxLookup)]
		posts = posts[len(some):]
		if err := r.missing(ctx, some, gone); err != nil {
			return gone, r.page.Calls, fmt.Errorf("x: look posts up: %w", err)
		}
	}
	return gone, r.page.Calls, nil
}

// missing adds those of the posts, at most maxLookup, that are not there.
func (r *run) missing(ctx context.Context, posts []schema.Post, gone map[string]schema.Absence) error {
	byID := make(map[ident]string, len(posts))
	ids := make([]string, 0, len(posts))
	for i := range posts {
		// One id that cannot be one would have X refuse all of them.
		if id := parseIdent(posts[i].NativeID); id != 0 && byID[id] == "" {
			byID[id] = posts[i].PostID
			ids = append(ids, id.String())
		}
	}
	if len(ids) == 0 {
		return nil
	}
	q := make(url.Values)
	r.words.presence(q, ids)
	var body lookupBody
	a, err := r.get(ctx, callPresence, q, &body, "tweets")
	r.bill(ctx, a, len(body.Data), r.Prices.Post)
	found := 0
	for i := range body.Errors {
		f := &body.Errors[i]
		post, asked := byID[max(f.Value, f.ResourceID)]
		if why := f.absence(); asked && why != schema.AbsenceNone {
			gone[post] = why
			found++
		}
	}
	switch {
	case errors.Is(err, collector.ErrGone) && found > 0:
		// With another status than 200, but the posts are named.
		return nil
	case errors.Is(err, collector.ErrGone):
		return fmt.Errorf("%w: %w", collector.ErrTransient, errNotThere)
	case err != nil:
		return err
	case body.Data == nil && found == 0 && body.any():
		return newRefusal(a, &body.problem, r.owner())
	case body.Data == nil && found == 0:
		return a.Broken("no list of posts")
	}
	return nil
}

// errNotThere is a 404 that names no post: it must not pass for all of them.
var errNotThere = errors.New("answer says that nothing is there, and names no post")

// absence returns why a post is not shown, as far as the fault says it.
func (f *fault) absence() schema.Absence {
	if f.Parameter != "" && f.Parameter != "ids" && f.Parameter != "id" {
		return schema.AbsenceNone // of something that the post refers to
	}
	switch f.kind() {
	case kindNotFound:
		if f.suspended() {
			return schema.AbsenceAccount
		}
		return schema.AbsenceGone
	case kindUnavailable, kindDisallowed:
		return schema.AbsenceGone
	case kindNoResource:
		return schema.AbsencePrivate // the account is protected
	}
	return schema.AbsenceNone
}

// suspended says whether a fault is about an account that X suspended. Its kind
// is that of what is not there, and only the words tell.
func (f *fault) suspended() bool { return strings.Contains(f.Detail, "suspended") }
