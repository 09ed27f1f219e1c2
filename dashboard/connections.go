package dashboard

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Connections keeps the permissions of accounts' owners.
type Connections interface {
	// Credentials lists those that are stored, whatever their state.
	Credentials(ctx context.Context) ([]schema.Credential, error)
	// Connectable reports whether accounts of the platform can be connected.
	Connectable(p schema.Platform) bool
	// AuthorizeURL returns the platform's page on which the owner permits it.
	AuthorizeURL(a schema.Account, state, verifier, redirect string) (string, error)
	// Origins returns the origins of those pages.
	Origins() []string
	// Connect exchanges the code that came back and stores what it gives. Where
	// nothing was stored the error is a *schema.ConnectError, or the store's.
	Connect(ctx context.Context, a schema.Account, code, verifier, redirect, by string) (schema.Credential, error)
	// Disconnect takes the account's secret away and reports whether the
	// platform took the permission back. It returns schema.ErrNotFound for an
	// account that is not connected.
	Disconnect(ctx context.Context, id schema.AccountID, by string) (revoked bool, err error)
}

// Actions in the audit log.
const (
	actionConnectAsk    = "credential.ask"     // sent to the platform
	actionConnect       = "credential.connect" // came back, and it is stored
	actionConnectRefuse = "credential.refuse"  // came back, and nothing is stored
	actionDisconnect    = "credential.disconnect"
)

// soon is how long before its end a connection is warned of.
const soon = 14 * 24 * time.Hour

// connectionsPage is what GET /connections shows: every approved account, and
// how it is connected.
type connectionsPage struct {
	page
	Status  template.HTML
	Rows    []connectionRow
	Told    template.HTML // what just happened; empty: nothing
	Bad     bool          // and it did not succeed
	Unset   []string      // platforms that have accounts, and no application of ours
	Changes bool          // who looks may connect and disconnect
}

// A connectionRow is one account. Its addresses are empty where who looks, or
// the platform, does not allow it.
type connectionRow struct {
	Name, Handle, Platform, Department string
	State, Class                       string // in words; ok, act, wait or none
	Why                                string // what to do, or what to know; empty: nothing
	By                                 string
	Since, Lapses                      moment
	Again                              bool // it was connected before
	Connect, Disconnect                string

	order int
}

// disconnectPage is what GET /connections/:account/disconnect asks.
type disconnectPage struct {
	page
	Row    connectionRow
	Action string
	What   template.HTML
}

// connections shows GET /connections.
func (s *Server) connections(c *fiber.Ctx) error {
	p := connectionsPage{page: s.newPage(c, "connections.title"), Changes: admins.allows(person(c))}
	told, err := s.takeTold(c)
	if err != nil {
		return err
	}
	if told != nil {
		p.Told, p.Bad = told.say(p.Printer), told.Reason != toldConnected && told.Reason != toldDisconnected && told.Reason != toldKept
	}
	rows, err := s.connectionRows(c, p.Printer)
	if err != nil {
		return err
	}
	p.Rows = rows
	connected, act := 0, 0
	for _, r := range rows {
		switch {
		case r.Class == "ok" || r.Class == "wait":
			connected++
		case r.Class == "act":
			act++
		}
	}
	p.Status = p.HTML("connections.status", "Count", len(rows), "Connected", connected, "Act", act)
	if p.Changes {
		accounts, err := s.Stats.Accounts(c.UserContext())
		if err != nil {
			return fmt.Errorf("accounts: %w: %w", errUnavailable, err)
		}
		for _, a := range accounts {
			if name := platformName(p.Printer, a.Platform); a.Status == schema.StatusApproved && !s.connectable(a.Platform) && !slices.Contains(p.Unset, name) {
				p.Unset = append(p.Unset, name)
			}
		}
		s.allowForms(c)
	}
	return s.render(c, fiber.StatusOK, "connections", p)
}

// allowForms lets the forms of this page lead to the platforms: a browser holds
// the page's policy against the redirect that answers a form.
func (s *Server) allowForms(c *fiber.Ctx) {
	if s.Connections == nil {
		return
	}
	origins := strings.Join(append([]string{"form-action 'self'"}, s.Connections.Origins()...), " ")
	c.Response().Header.Set("Content-Security-Policy", strings.Replace(policy, "form-action 'self'", origins, 1))
}

func (s *Server) connectable(p schema.Platform) bool {
	return s.Connections != nil && s.Connections.Connectable(p)
}

// connectionRows returns the approved accounts, those that need somebody first.
func (s *Server) connectionRows(c *fiber.Ctx, p *i18n.Printer) ([]connectionRow, error) {
	ctx := c.UserContext()
	accounts, err := s.Stats.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	departments, err := s.Stats.Departments(ctx)
	if err != nil {
		return nil, fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	var credentials []schema.Credential
	if s.Connections != nil {
		if credentials, err = s.Connections.Credentials(ctx); err != nil {
			return nil, fmt.Errorf("credentials: %w: %w", errUnavailable, err)
		}
	}
	var rows []connectionRow
	for _, a := range accounts {
		if a.Status != schema.StatusApproved {
			continue
		}
		var held *schema.Credential
		if i := slices.IndexFunc(credentials, func(x schema.Credential) bool { return x.Account == a.ID }); i >= 0 {
			held = &credentials[i]
		}
		r := s.connectionRow(c, p, a, held)
		if i := slices.IndexFunc(departments, func(d schema.Department) bool { return d.ID == a.Department }); i >= 0 {
			r.Department = departmentName(p, departments[i])
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b connectionRow) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Department, b.Department), cmp.Compare(a.Name, b.Name))
	})
	return rows, nil
}

func (s *Server) connectionRow(c *fiber.Ctx, p *i18n.Printer, a schema.Account, held *schema.Credential) connectionRow {
	now := s.Now()
	r := connectionRow{Name: cmp.Or(a.Name, "@"+a.Handle), Handle: a.Handle, Platform: platformName(p, a.Platform), Department: string(a.Department)}
	address := "/connections/" + url.PathEscape(string(a.ID))
	if admins.allows(person(c)) {
		if s.connectable(a.Platform) && a.Access == schema.AccessOwner {
			r.Connect = address + "/connect"
		}
		if held != nil && held.Status != schema.CredentialDisconnected {
			r.Disconnect = address + "/disconnect"
		}
	}
	state := "none"
	switch {
	case held == nil || held.Status == schema.CredentialDisconnected:
		r.Class, r.order = "none", 2
		if a.Access == schema.AccessPublic {
			state, r.order, r.Why = "public", 3, p.Text("connections.why_public")
		}
	case held.Status == schema.CredentialLapsed:
		state, r.Class, r.Again = "lapsed", "act", true
		r.Why = p.Text("connections.why_" + string(knownReason(held.Reason)))
	default:
		state, r.Class, r.Again, r.order = "active", "ok", true, 3
		lapses := held.LapsesAt()
		switch r.Lapses = at(p, lapses, now); {
		case lapses != nil && !lapses.After(now):
			state, r.Class, r.order = "lapsed", "act", 0
			r.Why = p.Text("connections.why_" + string(schema.ReasonExpired))
		case lapses != nil && lapses.Sub(now) <= soon:
			state, r.Class, r.order = "soon", "wait", 1
			r.Why = p.Text("connections.why_soon")
		case held.LastError != "":
			r.Why = p.Text("connections.why_trouble_now")
		}
	}
	r.State = p.Text("connections.state_" + state)
	if r.Again {
		r.By, r.Since = s.nameOf(c, held.By), at(p, &held.At, now)
	}
	return r
}

// knownReason returns the reason if pages have words for it.
func knownReason(r schema.ConnectReason) schema.ConnectReason {
	switch r {
	case schema.ReasonRevoked, schema.ReasonExpired, schema.ReasonInterrupted, schema.ReasonDenied, schema.ReasonWrongAccount, schema.ReasonCode,
		schema.ReasonPermission, schema.ReasonSettings, schema.ReasonLimit, schema.ReasonTrouble:
		return r
	}
	return schema.ReasonRevoked
}

// approved returns the approved account that the address names.
func (s *Server) approved(c *fiber.Ctx, id string) (schema.Account, error) {
	accounts, err := s.Stats.Accounts(c.UserContext())
	if err != nil {
		return schema.Account{}, fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	i := slices.IndexFunc(accounts, func(a schema.Account) bool { return string(a.ID) == id && a.Status == schema.StatusApproved })
	if i < 0 {
		return schema.Account{}, fmt.Errorf("account %q: %w", id, schema.ErrNotFound)
	}
	return accounts[i], nil
}

func (s *Server) accountToConnect(c *fiber.Ctx) (schema.Account, error) {
	id, err := url.PathUnescape(c.Params("account"))
	if err != nil {
		return schema.Account{}, schema.ErrNotFound
	}
	return s.approved(c, id)
}

// connect takes POST /connections/:account/connect: it sends the browser to the
// platform's page, and remembers that it did.
func (s *Server) connect(c *fiber.Ctx) error {
	a, err := s.accountToConnect(c)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if !s.connectable(a.Platform) || a.Access != schema.AccessOwner { // what is read by name needs no permission
		return fmt.Errorf("connect %s: %s access, on %s: %w", a.ID, a.Access, a.Platform, schema.ErrNotFound)
	}
	asked := connecting{Account: string(a.ID), Platform: a.Platform, Person: person(c).ID,
		Verifier: rand.Text() + rand.Text(), // 52 characters; RFC 7636 wants 43 to 128
		Redirect: s.Public + "/connections/callback/" + url.PathEscape(string(a.Platform)), Ends: time.Now().Add(connectFor)}
	state, err := s.rememberConnecting(c, asked)
	if err != nil {
		return err
	}
	address, err := s.Connections.AuthorizeURL(a, state, asked.Verifier, asked.Redirect)
	if err != nil {
		return err
	}
	if err := s.audit(c, person(c).ID, actionConnectAsk, string(a.ID)); err != nil {
		return err
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}

// connected takes GET /connections/callback/:platform, on which a platform
// sends a browser back. It shows nothing itself: what stands in its address
// must not stay in a page.
func (s *Server) connected(c *fiber.Ctx) error {
	asked, err := s.recallConnecting(c, c.Query("state"))
	if err != nil {
		return err
	}
	if asked == nil {
		return s.tell(c, told{Reason: toldState})
	}
	refuse := func(t told) error {
		if err := s.audit(c, person(c).ID, actionConnectRefuse, asked.Account, "reason", string(t.Reason)); err != nil {
			return err
		}
		return s.tell(c, t)
	}
	code := c.Query("code")
	switch problem := c.Query("error"); {
	case problem == "access_denied", problem == "user_cancelled_login", problem == "user_cancelled_authorize":
		return refuse(told{Account: asked.Account, Reason: schema.ReasonDenied})
	case problem != "":
		s.Log.Warn("platform refused to connect", "request_id", requestID(c), "account", asked.Account, "error", clip(problem, 100))
		return refuse(told{Account: asked.Account, Reason: schema.ReasonSettings})
	case code == "" || len(code) > 4096:
		return refuse(told{Account: asked.Account, Reason: schema.ReasonTrouble})
	}
	a, err := s.approved(c, asked.Account)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = s.Connections.Connect(c.UserContext(), a, code, asked.Verifier, asked.Redirect, person(c).ID)
	var reason *schema.ConnectError
	switch {
	case errors.As(err, &reason):
		s.Log.Warn("account not connected", "request_id", requestID(c), "account", asked.Account, "error", err.Error())
		return refuse(told{Account: asked.Account, Reason: knownReason(reason.Reason), Got: reason.Got, Want: reason.Want, Missing: reason.Missing})
	case err != nil:
		return fmt.Errorf("connect %s: %w: %w", a.ID, errUnavailable, err)
	}
	if err := s.audit(c, person(c).ID, actionConnect, string(a.ID), "platform", string(a.Platform)); err != nil {
		return err
	}
	if err := s.Queue.CollectNow(c.UserContext(), a.ID); err != nil {
		s.Log.Warn("collect after connecting", "account", a.ID, "error", err.Error()) // its turn comes
	}
	return s.tell(c, told{Account: asked.Account, Reason: toldConnected})
}

// askDisconnect shows GET /connections/:account/disconnect.
func (s *Server) askDisconnect(c *fiber.Ctx) error {
	a, err := s.accountToConnect(c)
	if err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	p := disconnectPage{page: s.newPage(c, "connections.disconnect_title")}
	rows, err := s.connectionRows(c, p.Printer)
	if err != nil {
		return err
	}
	p.Action = "/connections/" + url.PathEscape(string(a.ID)) + "/disconnect"
	i := slices.IndexFunc(rows, func(r connectionRow) bool { return r.Disconnect == p.Action })
	if i < 0 {
		return fmt.Errorf("disconnect %s: it is not connected: %w", a.ID, schema.ErrNotFound)
	}
	p.Row = rows[i]
	p.What = p.HTML("connections.disconnect_what", "Name", i18n.Words(p.Row.Name), "Platform", i18n.Words(p.Row.Platform))
	return s.render(c, fiber.StatusOK, "disconnect", p)
}

// disconnect takes POST /connections/:account/disconnect.
func (s *Server) disconnect(c *fiber.Ctx) error {
	a, err := s.accountToConnect(c)
	if err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	if s.Connections == nil {
		return schema.ErrNotFound
	}
	if err := s.audit(c, person(c).ID, actionDisconnect, string(a.ID)); err != nil {
		return err
	}
	revoked, err := s.Connections.Disconnect(c.UserContext(), a.ID, person(c).ID)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("disconnect %s: %w: %w", a.ID, errUnavailable, err)
	case revoked:
		return s.tell(c, told{Account: string(a.ID), Reason: toldDisconnected})
	}
	return s.tell(c, told{Account: string(a.ID), Reason: toldKept})
}

// What the page tells beside the reasons of a refusal.
const (
	toldConnected    schema.ConnectReason = "connected"
	toldDisconnected schema.ConnectReason = "disconnected"
	toldKept         schema.ConnectReason = "kept"  // disconnected here; the platform may not know
	toldState        schema.ConnectReason = "state" // an answer that nobody here asked for
)

// A told is what the next page says. It waits in the session: in an address
// anybody could write what they liked.
type told struct {
	Account            string
	Reason             schema.ConnectReason
	Got, Want, Missing string
}

const toldKey = "told" // in the session: JSON of a told

func (t told) say(p *i18n.Printer) template.HTML {
	return p.HTML("connections.told_"+string(t.Reason), "Account", t.Account, "Got", t.Got, "Want", t.Want, "Missing", t.Missing)
}

// tell sends the browser to the page that says it.
func (s *Server) tell(c *fiber.Ctx, t told) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	sess.Set(toldKey, string(b))
	if err := sess.Save(); err != nil {
		return fmt.Errorf("store session: %w: %w", errUnavailable, err)
	}
	return c.Redirect("/connections", fiber.StatusSeeOther)
}

// takeTold returns what is to be said, once; nil: nothing.
func (s *Server) takeTold(c *fiber.Ctx) (*told, error) {
	sess, err := s.sessions.Get(c)
	if err != nil {
		return nil, fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	text, _ := sess.Get(toldKey).(string)
	if text == "" {
		return nil, nil
	}
	sess.Delete(toldKey)
	if err := sess.Save(); err != nil {
		return nil, fmt.Errorf("store session: %w: %w", errUnavailable, err)
	}
	var t told
	if json.Unmarshal([]byte(text), &t) != nil {
		return nil, nil
	}
	return &t, nil
}
