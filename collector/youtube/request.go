package youtube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

const apiVersion = "v3"

// What we ask for. All parts of one call cost one unit together, so some are
// asked for the sake of the stored answer alone.
const (
	channelParts = "snippet,statistics,contentDetails,status"
	itemParts    = "snippet,contentDetails,status"
	videoParts   = "snippet,statistics,contentDetails,status,liveStreamingDetails,paidProductPlacementDetails"
	threadParts  = "snippet,replies"
)

// optional are the parts without which a video is worth storing.
var optional = []string{"contentDetails", "status", "liveStreamingDetails", "paidProductPlacementDetails"}

// A credential is what a request shows to be let in.
type credential struct {
	secret  string
	owner   bool // an access token of the owner; else a key
	renewed bool // the token is the second of the run
}

// credential returns what lets us read the account.
func (c *Connector) credential(ctx context.Context, a schema.Account) (credential, error) {
	var cred credential
	source, name := c.Key, "key"
	switch a.Access {
	case schema.AccessPublic:
	case schema.AccessOwner:
		if c.Token != nil {
			source, name, cred.owner = c.Token, "token", true
		}
	default:
		return cred, fmt.Errorf("%w: unknown access %q", collector.ErrRequest, a.Access)
	}
	if source == nil {
		return cred, fmt.Errorf("%w: no source of keys is set", collector.ErrRequest)
	}
	var err error
	if cred.secret, err = source(ctx, a); err != nil {
		return cred, fmt.Errorf("get %s: %w", name, err)
	}
	if cred.secret == "" && cred.owner && c.Key != nil {
		cred.owner, name = false, "key"
		if cred.secret, err = c.Key(ctx, a); err != nil {
			return cred, fmt.Errorf("get %s: %w", name, err)
		}
	}
	if cred.secret == "" {
		return cred, fmt.Errorf("%w: no %s", collector.ErrUnauthorized, name)
	}
	return cred, nil
}

// A listing is the answer to any of our calls.
type listing[T any] struct {
	Kind  string `json:"kind"`
	Error *fault `json:"error"`
	Next  string `json:"nextPageToken"`
	Items []T    `json:"items"` // an empty list may be left out
}

// uploads asks for the page of the list of uploads that comes next.
func (r *run) uploads(ctx context.Context) (*api.Answer, *listing[item], error) {
	q := url.Values{
		"part":       {itemParts},
		"playlistId": {r.pos.list},
		"maxResults": {strconv.Itoa(r.pos.size)},
	}
	if r.pos.page != "" {
		q.Set("pageToken", r.pos.page)
	}
	return get[item](ctx, r, "playlistItems", q)
}

// get asks for a listing. The answer comes with a refusal too. A part that is
// refused is left out for the rest of the run.
func get[T any](ctx context.Context, r *run, call string, q url.Values) (*api.Answer, *listing[T], error) {
	for {
		if q.Has("part") {
			q.Set("part", r.without(call, q.Get("part")))
		}
		u := r.base.JoinPath("youtube", apiVersion, call)
		u.RawQuery = q.Encode()
		a, body, err := ask[T](ctx, r, call, u)
		if r.renewed(ctx, err) || r.learn(call, q.Get("part"), asRefusal(err), a) {
			continue
		}
		return a, body, err
	}
}

// renewed says whether a token that was refused has been replaced: it lives for
// an hour, and its source may hold a newer one. That is tried once in a run.
func (r *run) renewed(ctx context.Context, err error) bool {
	if !r.cred.owner || r.cred.renewed || !errors.Is(err, collector.ErrUnauthorized) {
		return false
	}
	r.cred.renewed = true
	cred, err := r.credential(ctx, r.job.Account)
	if err != nil || cred.secret == r.cred.secret {
		return false
	}
	r.cred.secret = cred.secret
	return true
}

// without returns the parts that were not refused in this run.
func (r *run) without(call, parts string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(parts, ","), func(p string) bool {
		return r.metrics[[2]string{call, p}] == schema.MetricRefused
	}), ",")
}

// learn notes the part that a refusal names, and says whether the rest may be
// asked for without it. One part must not cost us all the others.
func (r *run) learn(call, parts string, e *refusal, a *api.Answer) bool {
	if e == nil || !e.partFlaw {
		return false
	}
	for part := range strings.SplitSeq(parts, ",") {
		if slices.Contains(optional, part) && strings.Contains(e.message, part) {
			r.metric(call, part, schema.MetricRefused, e.message, a.At)
			return true
		}
	}
	return false
}

// metric adds to the page at hand what became of a metric, once in a run.
func (r *run) metric(kind, name string, state schema.MetricState, detail string, at time.Time) {
	key := [2]string{kind, name}
	if r.metrics[key] == state {
		return
	}
	if r.metrics == nil {
		r.metrics = make(map[[2]string]schema.MetricState)
	}
	r.metrics[key] = state
	r.page.Metrics = append(r.page.Metrics, schema.MetricStatus{
		Platform:  schema.YouTube,
		Kind:      kind,
		Metric:    name,
		Status:    state,
		Detail:    detail,
		AccountID: r.job.Account.ID,
		RunID:     r.job.RunID,
		At:        at,
	})
}

// ask sends one request, which costs one unit of quota whatever comes of it.
func ask[T any](ctx context.Context, r *run, call string, u *url.URL) (a *api.Answer, body *listing[T], err error) {
	r.page.Calls++
	if r.cred.owner {
		a, err = r.api.Get(ctx, u, r.cred.secret)
	} else {
		// A key in the address would end up in the logs of every proxy.
		// https://docs.cloud.google.com/apis/docs/system-parameters
		a, err = r.api.GetWithHeader(ctx, u, "X-Goog-Api-Key", r.cred.secret)
	}
	if err != nil {
		return nil, nil, err
	}
	body = new(listing[T])
	odd, err := a.Decode(body)
	if err != nil {
		return a, nil, err
	}
	if body.Error != nil || !a.OK() {
		return a, nil, newRefusal(a, body.Error, r.cred.owner)
	}
	// Only a list that says that it is one may be empty: an account would be
	// gone otherwise for a stray answer of something in between.
	kind := "youtube#" + strings.TrimSuffix(call, "s") + "ListResponse"
	if body.Items == nil && (odd != nil || body.Kind != kind) {
		return a, nil, a.Broken("no list of " + call)
	}
	if odd != nil {
		r.skip("value left out: not of the promised type", "value", odd.Error())
	}
	return a, body, nil
}

// isID says whether s may be an id of a channel, a list or a video, and is not
// several.
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		if !('0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == '-') {
			return false
		}
	}
	return true
}
