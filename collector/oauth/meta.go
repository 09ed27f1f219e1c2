package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The addresses of Meta, and the version of the Graph API.
const (
	MetaDialogURL = "https://www.facebook.com"
	MetaBaseURL   = "https://graph.facebook.com"
	MetaVersion   = "v25.0"
)

// A Meta gets tokens for Facebook Pages and for the Instagram accounts behind
// them, by Facebook Login. The person's token lives an hour or two; it is
// exchanged for one of about 60 days, of which the Page's token is made, which
// has no end of its own. Instagram is read with the person's long token.
type Meta struct {
	Platform         schema.Platform // Facebook or Instagram
	AppID, AppSecret string
	DialogURL        string
	BaseURL          string
	API              *api.Client
}

// scopes are what is asked for on either platform.
func (m *Meta) scopes() []string {
	if m.Platform == schema.Instagram {
		return []string{"instagram_basic", "instagram_manage_insights", "pages_show_list", "pages_read_engagement", "business_management"}
	}
	return []string{"pages_show_list", "pages_read_engagement", "read_insights", "pages_read_user_content", "business_management"}
}

// needed are those without which nothing can be read. The rest opens more:
// insights, and Pages of a business account.
func (m *Meta) needed() []string {
	if m.Platform == schema.Instagram {
		return []string{"instagram_basic", "pages_show_list"}
	}
	return []string{"pages_show_list", "pages_read_engagement"}
}

// Kind implements Flow.
func (*Meta) Kind() string { return schema.FlowMeta }

// Authorize implements Flow. The dialog leaves out what the person once said no
// to, unless it is told to ask again.
func (m *Meta) Authorize(q Question) *url.URL {
	return withQuery(join(m.DialogURL, "/"+MetaVersion+"/dialog/oauth").String(), url.Values{
		"client_id": {m.AppID}, "redirect_uri": {q.Redirect}, "state": {q.State}, "response_type": {"code"},
		"scope": {strings.Join(m.scopes(), ",")}, "auth_type": {"rerequest"},
	})
}

// proof is the appsecret_proof of a token.
func (m *Meta) proof(token string) string {
	h := hmac.New(sha256.New, []byte(m.AppSecret))
	h.Write([]byte(token))
	return hex.EncodeToString(h.Sum(nil))
}

// call asks the Graph API with the token, and reads the answer into v.
func (m *Meta) call(ctx context.Context, method, path, token string, q url.Values, v api.GraphTarget, secrets ...string) (*api.Answer, error) {
	if q == nil {
		q = url.Values{}
	}
	if token != "" {
		q.Set("appsecret_proof", m.proof(token))
	}
	answer, err := m.API.Send(ctx, join(m.BaseURL, "/"+MetaVersion+path), api.Form{
		Method: method, Values: q, Token: token, Secrets: append(secrets, m.AppSecret, m.proof(token)),
	})
	if err != nil {
		return nil, err
	}
	_, err = api.Graph(answer, v)
	return answer, err
}

// graphToken is the answer of /oauth/access_token.
type graphToken struct {
	api.GraphBody
	Access    string   `json:"access_token"`
	ExpiresIn flexible `json:"expires_in"`
}

// token asks for a token with what stands in q, which is no token of a person.
func (m *Meta) token(ctx context.Context, q url.Values, secrets ...string) (*api.Answer, graphToken, error) {
	q.Set("client_id", m.AppID)
	q.Set("client_secret", m.AppSecret)
	var t graphToken
	answer, err := m.call(ctx, http.MethodGet, "/oauth/access_token", "", q, &t, secrets...)
	if err == nil && t.Access == "" {
		err = answer.Broken("the answer holds no access token")
	}
	return answer, t, err
}

// Exchange implements Flow: code, short token, long token, and the Page.
func (m *Meta) Exchange(ctx context.Context, a schema.Account, code string, q Question) (Grant, error) {
	_, short, err := m.token(ctx, url.Values{"code": {code}, "redirect_uri": {q.Redirect}}, code)
	switch code, _ := api.GraphCode(err); {
	case code == 100 && errors.Is(err, collector.ErrRequest):
		// Of a code that is used up or too old, and of another address than the
		// one before. https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
		return Grant{}, &schema.ConnectError{Reason: schema.ReasonCode, Err: err}
	case err != nil:
		return Grant{}, err
	}
	g, err := m.long(ctx, short.Access)
	if err != nil {
		return Grant{}, err
	}
	if lacks := missing(g.Scopes, m.needed()); lacks != "" {
		return Grant{}, notGiven(lacks)
	}
	pages, err := m.pages(ctx, g)
	if err != nil {
		return Grant{}, err
	}
	return m.choose(g.Grant, pages, a)
}

// A longGrant is a Grant whose debug_token named Pages.
type longGrant struct {
	Grant
	pages []string
}

// long exchanges a person's token for one of about 60 days, and asks what it is
// good for. Whether a long token can be exchanged for a later one is not told:
// where that is refused, the token simply ends on its day.
func (m *Meta) long(ctx context.Context, token string) (longGrant, error) {
	answer, t, err := m.token(ctx, url.Values{"grant_type": {"fb_exchange_token"}, "fb_exchange_token": {token}}, token)
	if err != nil {
		return longGrant{}, err
	}
	g := longGrant{Grant: Grant{Secret: schema.Secret{User: t.Access}, ExpiresAt: after(answer.At, t.ExpiresIn.seconds)}}
	var debug struct {
		api.GraphBody
		Data struct {
			Valid      *bool    `json:"is_valid"`
			Expires    int64    `json:"expires_at"`             // Unix time; 0: never
			DataAccess int64    `json:"data_access_expires_at"` // after that the person must log in again
			Scopes     []string `json:"scopes"`
			UserID     string   `json:"user_id"`
			Granular   []struct {
				Scope   string   `json:"scope"`
				Targets []string `json:"target_ids"`
			} `json:"granular_scopes"`
		} `json:"data"`
	}
	app := m.AppID + "|" + m.AppSecret
	if _, err := m.call(ctx, http.MethodGet, "/debug_token", app, url.Values{"input_token": {t.Access}}, &debug, t.Access); err != nil {
		return longGrant{}, err
	}
	d := debug.Data
	if d.Valid != nil && !*d.Valid {
		return longGrant{}, &schema.ConnectError{Reason: schema.ReasonRevoked, Err: fmt.Errorf("debug_token: %w", collector.ErrUnauthorized)}
	}
	g.Scopes, g.Who.GrantedBy = d.Scopes, d.UserID
	g.ExpiresAt, g.RefreshEnd = earlier(g.ExpiresAt, unix(d.Expires)), unix(d.DataAccess)
	for _, s := range d.Granular {
		if s.Scope == "pages_show_list" || s.Scope == "pages_read_engagement" {
			for _, id := range s.Targets {
				if !slices.Contains(g.pages, id) {
					g.pages = append(g.pages, id)
				}
			}
		}
	}
	return g, nil
}

// unix returns the moment of a Unix time; 0 is none.
func unix(seconds int64) *time.Time {
	if seconds <= 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}

// A graphPage is a Page that the person may show us.
type graphPage struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Username  string `json:"username"`
	Access    string `json:"access_token"`
	Instagram *struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	} `json:"instagram_business_account"`
}

const pageFields = "id,name,username,access_token,instagram_business_account{id,username}"

// maxPages bounds how many pages of the list of Pages are read.
const maxPages = 40

// pages lists the Pages. Those of a business account may be left out of the
// list and work all the same: they stand in the token's granular scopes.
func (m *Meta) pages(ctx context.Context, g longGrant) ([]graphPage, error) {
	var all []graphPage
	next := ""
	for range maxPages {
		var list struct {
			api.GraphBody
			Data   []graphPage `json:"data"`
			Paging struct {
				Next    string `json:"next"` // a whole address, with the token in it: only that it is there counts
				Cursors struct {
					After string `json:"after"`
				} `json:"cursors"`
			} `json:"paging"`
		}
		q := url.Values{"fields": {pageFields}, "limit": {"100"}}
		if next != "" {
			q.Set("after", next)
		}
		if _, err := m.call(ctx, http.MethodGet, "/me/accounts", g.Secret.User, q, &list); err != nil {
			return nil, err
		}
		all = append(all, list.Data...)
		if list.Paging.Next == "" || list.Paging.Cursors.After == "" || list.Paging.Cursors.After == next {
			break
		}
		next = list.Paging.Cursors.After
	}
	for _, id := range g.pages {
		if slices.ContainsFunc(all, func(p graphPage) bool { return p.ID == id }) {
			continue
		}
		p, err := m.page(ctx, id, g.Secret.User)
		switch collector.OutcomeOf(err) {
		case collector.OutcomeOK:
			all = append(all, p)
		case collector.OutcomeFixRequest, collector.OutcomeGone, collector.OutcomeReconnect:
			// This one is not shown to us; the others are.
		default:
			return nil, err
		}
	}
	return all, nil
}

// page reads one Page.
func (m *Meta) page(ctx context.Context, id, token string) (graphPage, error) {
	var p struct {
		api.GraphBody
		graphPage
	}
	_, err := m.call(ctx, http.MethodGet, "/"+url.PathEscape(id), token, url.Values{"fields": {pageFields}}, &p)
	return p.graphPage, err
}

// choose makes the grant that of the account, if it is behind one of the Pages.
func (m *Meta) choose(g Grant, pages []graphPage, a schema.Account) (Grant, error) {
	by := g.Who.GrantedBy
	var names []string
	for _, p := range pages {
		who := Identity{IDs: []string{p.ID}, Handle: p.Username, Name: p.Name, GrantedBy: by}
		if m.Platform == schema.Instagram {
			if p.Instagram == nil {
				continue
			}
			who = Identity{IDs: []string{p.Instagram.ID}, Handle: p.Instagram.Username, GrantedBy: by}
		}
		if !who.Is(a) {
			names = append(names, who.String())
			continue
		}
		g.Who = who
		return m.open(g, p.Access)
	}
	g.Who = Identity{Name: strings.Join(names[:min(len(names), 5)], ", "), GrantedBy: by}
	return g, g.check(a)
}

// open puts the token into the grant that the account is read with.
func (m *Meta) open(g Grant, page string) (Grant, error) {
	if m.Platform == schema.Instagram {
		// To the letter of the contract: the person's token, which has an end.
		g.Secret.Access = g.Secret.User
		g.RefreshEnd = earlier(g.RefreshEnd, g.ExpiresAt)
		return g, nil
	}
	if page == "" {
		// The person may see the Page and has no task on it.
		return g, notGiven("Page access")
	}
	g.Secret.Access, g.ExpiresAt = page, nil
	return g, nil
}

// Renew implements Flow: a later long token, and the Page's token anew. What
// we have stays good, so a refusal that is not about the token changes nothing.
func (m *Meta) Renew(ctx context.Context, c schema.Credential, s schema.Secret) (Grant, error) {
	g, err := m.long(ctx, s.User)
	if err != nil {
		return Grant{}, err
	}
	g.Who = Identity{IDs: []string{c.PlatformID}, Handle: c.Handle, GrantedBy: g.Who.GrantedBy}
	if m.Platform == schema.Instagram {
		return m.open(g.Grant, "")
	}
	p, err := m.page(ctx, c.PlatformID, g.Secret.User)
	if err != nil {
		return Grant{}, err
	}
	return m.open(g.Grant, p.Access)
}

// Revoke implements Flow: it ends everything that the person permitted us.
func (m *Meta) Revoke(ctx context.Context, _ schema.Credential, s schema.Secret) error {
	var done struct{ api.GraphBody }
	_, err := m.call(ctx, http.MethodDelete, "/me/permissions", s.User, nil, &done)
	return err
}
