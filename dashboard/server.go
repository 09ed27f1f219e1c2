// Package dashboard is the web interface: pages that people sign in to, in
// English and in Urdu.
package dashboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/session"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// Stats answers the questions of the pages; *analytics.DB is one.
type Stats interface {
	Overview(ctx context.Context, p analytics.Period, v analytics.View, f analytics.Filter) (analytics.Overview, error)
	Collection(ctx context.Context) (analytics.Collection, error)
	// Departments lists what the filter offers, in the order to show.
	Departments(ctx context.Context) ([]schema.Department, error)
}

// People keeps who may sign in, and the audit log.
type People interface {
	// PersonByEmail and Person return schema.ErrNotFound where there is none.
	// The address is in small letters.
	PersonByEmail(ctx context.Context, email string) (schema.Person, error)
	Person(ctx context.Context, id string) (schema.Person, error)
	// SavePerson stores a new version of the person. Version.Number is the one
	// that was read; schema.ErrConflict means that somebody was faster.
	SavePerson(ctx context.Context, p schema.Person) error
	CountPeople(ctx context.Context) (int, error)

	Audit(ctx context.Context, e schema.AuditEntry) error
	// CountAudit counts the entries with the action and subject since then.
	CountAudit(ctx context.Context, action, subject string, since time.Time) (int, error)
}

// A Queue takes work that must not wait for its turn.
type Queue interface {
	// CollectNow asks for a run of the account. A run that waits or goes on
	// already is enough: asking again is no error.
	CollectNow(ctx context.Context, id schema.AccountID) error
}

// A Demo says that the installation is one, on every page.
type Demo struct {
	Sentence        analytics.Text // what is real and what is modelled
	Email, Password string         // shown on the sign-in page; empty: not shown
	Factor          float64        // how many times as fast as real time the clock runs; 0 or 1: it does not
}

// A Server is the dashboard. Every field without a default must be set.
type Server struct {
	Stats    Stats
	People   People
	Sessions fiber.Storage // sessions and counters of the sign-in limit
	Queue    Queue
	Now      func() time.Time // default time.Now
	Zone     *time.Location   // where days are cut; default UTC
	Log      *slog.Logger     // default slog.Default()
	Demo     *Demo            // nil: this is no demo
	Secure   bool             // reached by HTTPS: Secure cookies and HSTS
	Version  string           // shown at the foot of the menu

	// Proxies are the addresses or ranges of reverse proxies whose
	// X-Forwarded-For and X-Forwarded-Proto are believed. Default: none.
	Proxies []string

	sessions *session.Store
	static   *assets
	views    *views
}

// Limits of the HTTP server. Forms are small, and a page that takes longer
// than pageTimeout is a fault.
const (
	bodyLimit    = 64 << 10
	readTimeout  = 15 * time.Second
	writeTimeout = time.Minute
	idleTimeout  = 2 * time.Minute
	pageTimeout  = 25 * time.Second
)

// A rule says who may use a route.
type rule struct {
	anyone bool          // signed in or not
	roles  []schema.Role // else: these
}

func (r rule) allows(p *schema.Person) bool {
	return r.anyone || p != nil && slices.Contains(r.roles, p.Role)
}

var (
	anyone    = rule{anyone: true}
	everybody = rule{roles: schema.Roles()} // who signed in
	analysts  = rule{roles: []schema.Role{schema.RoleAdministrator, schema.RoleAnalyst}}
)

// A route is one row of the table of who may do what.
type route struct {
	method, path string
	rule         rule
	handle       fiber.Handler
	menu         string // key of the name in the menu; empty: not in the menu
}

// routes lists every route, in the order of the menu.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/", everybody, s.overview, "menu.overview"},
		{"GET", "/overview.csv", everybody, s.overviewCSV, ""},

		{"GET", "/collection", analysts, s.collection, "menu.collection"},
		{"GET", "/collection/table", analysts, s.collectionTable, ""},
		{"POST", "/collection/:account/collect", analysts, s.collectNow, ""},

		{"GET", "/sign-in", anyone, s.signInForm, ""},
		{"POST", "/sign-in", anyone, s.signIn, ""},
		{"POST", "/sign-out", anyone, s.signOut, ""},
		{"POST", "/language", anyone, s.setLanguage, ""},
	}
}

// open lists the routes that need neither a session nor a form token. They
// come before everything that would make one.
func (s *Server) open() []route {
	return []route{
		{"GET", "/healthz", anyone, s.healthz, ""},
		{"GET", "/assets/*", anyone, s.asset, ""},
		{"GET", "/favicon.ico", anyone, s.favicon, ""},
	}
}

// App returns the web application. It fails when a part is missing, when the
// files that "make build" makes are missing, and when a route has no rule.
func (s *Server) App() (*fiber.App, error) {
	for name, missing := range map[string]bool{
		"Stats": s.Stats == nil, "People": s.People == nil, "Sessions": s.Sessions == nil, "Queue": s.Queue == nil,
	} {
		if missing {
			return nil, fmt.Errorf("dashboard: Server.%s is not set", name)
		}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	var err error
	if s.static, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	if s.views, err = parseViews(s.static); err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	s.sessions = s.newSessions()

	app := fiber.New(fiber.Config{
		AppName:                 "Hamawaz",
		BodyLimit:               bodyLimit,
		ReadTimeout:             readTimeout,
		WriteTimeout:            writeTimeout,
		IdleTimeout:             idleTimeout,
		DisableStartupMessage:   true,
		EnableTrustedProxyCheck: true,
		TrustedProxies:          s.Proxies,
		ErrorHandler:            s.showError,
		Immutable:               true, // strings from a request may outlive it: audit entries, redirects
	})
	app.Use(s.prepare)
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.panicked}))
	for _, r := range s.open() {
		app.Add(r.method, r.path, r.handle)
	}
	app.Use(compress.New(compress.Config{Level: compress.LevelDefault}))
	app.Use(s.limitSignIn())
	app.Use(s.identify)
	app.Use(s.forms)
	for _, r := range s.routes() {
		app.Add(r.method, r.path, s.guard(r.rule), r.handle)
	}
	if err := s.checkRoutes(app); err != nil {
		return nil, err
	}
	return app, nil
}

// checkRoutes fails if the application has a route that is not in the table.
func (s *Server) checkRoutes(app *fiber.App) error {
	known := map[string]bool{}
	for _, r := range slices.Concat(s.open(), s.routes()) {
		if !r.rule.anyone && len(r.rule.roles) == 0 {
			return fmt.Errorf("dashboard: route %s %s has an empty rule", r.method, r.path)
		}
		known[r.method+" "+r.path] = true
	}
	for _, r := range app.GetRoutes(true) {
		method := r.Method
		if method == fiber.MethodHead { // Fiber adds one to each GET
			method = fiber.MethodGet
		}
		if !known[method+" "+r.Path] {
			return fmt.Errorf("dashboard: route %s %s has no rule", r.Method, r.Path)
		}
	}
	return nil
}

// guard lets a person through whom the rule allows. Others are shown the way
// to sign in, or told that their role does not suffice.
func (s *Server) guard(r rule) fiber.Handler {
	return func(c *fiber.Ctx) error {
		p := person(c)
		switch {
		case r.allows(p):
			return c.Next()
		case p != nil:
			return errForbidden
		case isPart(c) || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
			return errSignIn
		}
		return c.Redirect("/sign-in?next="+url.QueryEscape(here(c)), fiber.StatusSeeOther)
	}
}

// policy is what a page may load: our own files, and no inline script or style.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect sets the headers that every answer has.
func (s *Server) protect(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// prepare comes before everything: headers, the request's number, its time.
func (s *Server) prepare(c *fiber.Ctx) error {
	s.protect(c)
	requestID(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), pageTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

func (s *Server) panicked(c *fiber.Ctx, e any) {
	s.Log.Error("panic", "request_id", requestID(c), "method", c.Method(), "path", c.Path(),
		"panic", fmt.Sprint(e), "stack", string(debug.Stack()))
}

func (s *Server) healthz(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"ok": true})
}

// clientIP returns the address that the sign-in limit counts by: the
// connection's, or the one that a trusted proxy saw.
func clientIP(c *fiber.Ctx) string {
	if c.IsProxyTrusted() {
		// Only the last entry is the proxy's own word; the rest came in from outside.
		list := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		if ip := strings.TrimSpace(list[len(list)-1]); ip != "" {
			return ip
		}
	}
	return c.Context().RemoteIP().String()
}

// isPart reports whether the request is a poll of our script for the figures
// of a page, not a page.
func isPart(c *fiber.Ctx) bool { return c.Get("X-Part") != "" || c.Path() == "/collection/table" }

// prefixed keeps one user of a storage out of another's keys.
type prefixed struct {
	fiber.Storage
	prefix string
}

func (p prefixed) Get(key string) ([]byte, error) { return p.Storage.Get(p.prefix + key) }
func (p prefixed) Set(key string, val []byte, exp time.Duration) error {
	return p.Storage.Set(p.prefix+key, val, exp)
}
func (p prefixed) Delete(key string) error { return p.Storage.Delete(p.prefix + key) }
func (p prefixed) Reset() error            { return errors.New("a shared storage is not reset") }
func (p prefixed) Close() error            { return nil }
