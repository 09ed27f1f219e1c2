package youtube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

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
	videoParts   = "snippet,statistics,contentDetails,status,liveStreamingDetails"
)

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

// get asks for a listing. The answer comes with a refusal too.
func get[T any](ctx context.Context, r *run, call string, q url.Values) (*api.Answer, *listing[T], error) {
	u := r.base.JoinPath("youtube", apiVersion, call)
	u.RawQuery = q.Encode()
	a, body, err := ask[T](ctx, r, call, u)
	if r.cred.owner && !r.cred.renewed && errors.Is(err, collector.ErrUnauthorized) {
		// A token lives for an hour: its source may hold a newer one.
		r.cred.renewed = true
		if cred, err := r.credential(ctx, r.job.Account); err == nil && cred.secret != r.cred.secret {
			r.cred.secret = cred.secret
			return ask[T](ctx, r, call, u)
		}
	}
	return a, body, err
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
