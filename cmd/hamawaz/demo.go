package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/schema"
)

type demoCmd struct {
	sandboxSettings
	Data     string  `help:"Keep the demo's data in this folder; by default they are in a new one and gone at the end." env:"HAMAWAZ_DEMO_DATA" type:"path"`
	Listen   string  `help:"Address of the dashboard." env:"HAMAWAZ_LISTEN" default:"localhost:8080"`
	Speed    float64 `help:"How many times as fast as real time the demo's clock runs." default:"300"`
	Check    bool    `help:"Collect everything once, with workers and engine in processes of their own, and compare it with what was there to be read."`
	LogLevel string  `help:"Least level that is logged." env:"HAMAWAZ_LOG_LEVEL" default:"warn" enum:"debug,info,warn,error"`
}

// demoStart is what the demo's clock shows at first: five months of the
// sandbox's year have passed, seven are to come.
var demoStart = time.Date(2024, 6, 1, 7, 0, 0, 0, time.UTC)

// The demo's people. Their password is no secret: it stands on the sign-in
// page.
const (
	demoEmail    = "analyst@demo.example"
	demoPassword = "balochistan"
)

func (c *demoCmd) Run(ctx context.Context, out io.Writer) error {
	if !(c.Speed >= 1 && c.Speed <= 100_000) {
		return fmt.Errorf("speed %v: want between 1 and 100000", c.Speed)
	}
	world, err := c.world()
	if err != nil {
		return err
	}
	dir, cleanUp, err := c.folder()
	if err != nil {
		return err
	}
	defer cleanUp()
	if c.Check {
		return c.check(ctx, out, world, dir)
	}
	return c.run(ctx, out, world, dir)
}

// folder returns the folder of the demo's data, and what to do at the end.
func (c *demoCmd) folder() (string, func(), error) {
	if c.Data != "" {
		return c.Data, func() {}, os.MkdirAll(c.Data, 0o700)
	}
	dir, err := os.MkdirTemp("", "hamawaz-demo-")
	return dir, func() { os.RemoveAll(dir) }, err
}

// run runs everything in this process.
func (c *demoCmd) run(ctx context.Context, out io.Writer, world *sandbox.World, dir string) error {
	// The port is tried first: it is the likeliest thing to be in the way.
	probe, err := listen(c.Listen)
	if err != nil {
		return err
	}
	probe.Close()

	p, err := openToStay(ctx, storeSettings{Data: dir, Zone: "Asia/Karachi", LogLevel: c.LogLevel}, true)
	if err != nil {
		return err
	}
	defer p.close()
	if err := c.startClock(ctx, p); err != nil {
		return err
	}
	if err := p.seedDemo(ctx, world); err != nil {
		return err
	}
	if err := p.openQueue(ctx, queueSettings{}); err != nil {
		return err
	}

	server := sandbox.New(sandbox.Options{World: world, Now: p.clock.Now, Log: p.log})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	api := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(listener)
	defer api.Close()

	token := filepath.Join(dir, "sandbox.token")
	if err := os.WriteFile(token, []byte(server.Token()), 0o600); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	fmt.Fprintf(out, "Hamawaz demo: http://%s\n  sign in as %s with the password %s\n  the clock began on %s and runs %g times as fast; Ctrl-C ends it\n",
		c.Listen, demoEmail, demoPassword, p.clock.Start.Format("2 January 2006"), c.Speed)
	return p.up(ctx,
		collectSettings{
			InstagramTokenFile: token, InstagramOfficeID: server.OfficeUserID(),
			InstagramURL: "http://" + listener.Addr().String(), Backfill: 730 * 24 * time.Hour, Workers: 8,
		},
		webSettings{Listen: c.Listen},
		&dashboard.Demo{Sentence: demoSentence(c.Modelled), Email: demoEmail, Password: demoPassword, Factor: c.Speed})
}

// startClock sets the clock on the demo's start, or on the newest reading where
// the folder holds an earlier demo.
func (c *demoCmd) startClock(ctx context.Context, p *parts) error {
	var newest time.Time
	err := p.store.Conn.QueryRow(ctx, `SELECT greatest(
		(SELECT max(observed_at) FROM account_observations), (SELECT max(updated_at) FROM runs))`).Scan(&newest)
	if err != nil {
		return fmt.Errorf("demo's clock: %w", err)
	}
	start := demoStart
	if newest.After(start) {
		start = newest.Add(time.Minute)
	}
	p.setClock(schema.NewClock(start, c.Speed))
	return nil
}

// setClock replaces the clock of all parts.
func (p *parts) setClock(clock schema.Clock) {
	p.clock = clock
	p.directory.Now, p.audit.Now, p.stats.Now = clock.Now, clock.Now, clock.Now
}

// demoSentence says on every page what is real and what is not.
func demoSentence(modelled bool) analytics.Text {
	t := analytics.Text{
		En: "Real: public Instagram posts of 20 Brazilian state governments of 2024, with their final likes and comments. ",
		Ur: "حقیقی: برازیل کی 20 ریاستی حکومتوں کی 2024 کی عوامی انسٹاگرام پوسٹیں اور ان کے حتمی لائکس اور تبصرے۔ ",
	}
	if modelled {
		t.En += "Modelled: how the numbers grew, and all followers, reach, views, shares and saves."
		t.Ur += "فرضی: اعداد کے بڑھنے کی رفتار، اور تمام پیروکار، رسائی، مناظر، شیئر اور محفوظ۔"
	} else {
		t.En += "Modelled: how the numbers grew. What the data lack is left out."
		t.Ur += "فرضی: اعداد کے بڑھنے کی رفتار۔ جو معلومات موجود نہیں وہ چھوڑ دی گئی ہیں۔"
	}
	return t
}

// seedDemo puts the world's governments and the demo's people into an empty
// store.
func (p *parts) seedDemo(ctx context.Context, world *sandbox.World) error {
	if n, err := p.directory.CountPeople(ctx); err != nil || n > 0 {
		return err
	}
	by := schema.Version{ChangedBy: "demo", Reason: "seeded"}
	for _, a := range world.Accounts() {
		id := slug(a.State)
		err := p.directory.SaveDepartment(ctx, schema.Department{
			ID: schema.DepartmentID(id), NameEn: "Government of " + a.State, NameUr: "حکومتِ " + a.StateUr,
			ShortName: a.State, Kind: "state government", Version: by,
		})
		if err != nil {
			return err
		}
		account := schema.Account{
			ID: schema.AccountID("instagram-" + a.Handle), Department: schema.DepartmentID(id), Platform: schema.Instagram,
			Handle: a.Handle, Name: a.Name, URL: a.URL, Access: a.Access, Status: schema.StatusApproved, Version: by,
		}
		if a.Access == schema.AccessOwner {
			account.PlatformID = a.UserID
		}
		if err := p.directory.SaveAccount(ctx, account); err != nil {
			return err
		}
	}
	hash, err := dashboard.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	people := []schema.Person{
		{ID: "demo-analyst", Email: demoEmail, Name: "Demo analyst", Role: schema.RoleAnalyst, Language: "en"},
		{ID: "demo-administrator", Email: "administrator@demo.example", Name: "Demo administrator", Role: schema.RoleAdministrator, Language: "en"},
		{ID: "demo-head", Email: "head@demo.example", Name: "Demo head of a department", Role: schema.RoleDepartmentHead, Department: "parana", Language: "ur"},
		{ID: "demo-officer", Email: "officer@demo.example", Name: "Demo officer", Role: schema.RoleOfficer, Department: "parana", Language: "en"},
		{ID: "demo-reader", Email: "reader@demo.example", Name: "Demo reader", Role: schema.RoleReader, Language: "ur"},
	}
	for _, person := range people {
		person.PasswordHash, person.Status, person.Version = hash, schema.StatusActive, by
		if err := p.directory.SavePerson(ctx, person); err != nil {
			return err
		}
	}
	return p.audit.Audit(ctx, schema.AuditEntry{Actor: "demo", Action: "demo.seed", Subject: "demo"})
}

// slug returns a name as an id: letters without their marks, joined by dashes.
func slug(name string) string {
	plain := strings.NewReplacer("á", "a", "ã", "a", "í", "i", "ô", "o", "ó", "o", "é", "e", "ç", "c").Replace(strings.ToLower(name))
	return strings.Join(strings.Fields(plain), "-")
}

// sandboxSettings say what the sandbox's world is.
type sandboxSettings struct {
	Seed     uint64 `help:"Seed of what is modelled." default:"1"`
	Modelled bool   `help:"Show followers, reach, views and the like, which the real data lack and a model supplies." default:"true" negatable:""`
}

func (s sandboxSettings) world() (*sandbox.World, error) {
	o := sandbox.DefaultWorldOptions()
	o.Seed, o.Modelled = s.Seed, s.Modelled
	return sandbox.Load(o)
}

type sandboxCmd struct {
	sandboxSettings
	Listen    string `help:"Address of the stand-in." default:"127.0.0.1:8090"`
	TokenFile string `help:"File with the access token that is accepted; made up and printed if none is named." type:"path"`
	Clock     string `help:"Clock: real, or START@REALxFACTOR." env:"HAMAWAZ_CLOCK"`
	LogLevel  string `help:"Least level that is logged." env:"HAMAWAZ_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`
}

func (c *sandboxCmd) Run(ctx context.Context, out io.Writer) error {
	world, err := c.world()
	if err != nil {
		return err
	}
	clock := schema.NewClock(demoStart, 1)
	if c.Clock != "" {
		if clock, err = schema.ParseClock(c.Clock); err != nil {
			return err
		}
	}
	token, err := secret(c.TokenFile)
	if err != nil {
		return err
	}
	listener, err := listen(c.Listen)
	if err != nil {
		return err
	}
	server := sandbox.New(sandbox.Options{World: world, Now: clock.Now, Token: token, Log: storeSettings{LogLevel: c.LogLevel}.logger(stderr)})
	fmt.Fprintf(out, "Instagram sandbox: http://%s, office id %s, clock %s\n", listener.Addr(), server.OfficeUserID(), clock)
	if token == "" {
		fmt.Fprintf(out, "access token: %s\n", server.Token())
	}
	api := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		api.Close()
	}()
	if err := api.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
