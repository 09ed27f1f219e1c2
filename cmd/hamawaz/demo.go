package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/schema"
)

type demoCmd struct {
	sandboxSettings
	paperSettings
	mailSettings
	Data     string        `help:"Keep the demo's data in this folder; by default they are in a new one and gone at the end." env:"HAMAWAZ_DEMO_DATA" type:"path"`
	Listen   string        `help:"Address of the dashboard." env:"HAMAWAZ_LISTEN" default:"localhost:8080"`
	Speed    float64       `help:"How many times as fast as real time the demo's clock runs." default:"120"`
	Check    bool          `help:"Collect everything once, with workers and engine in processes of their own, and compare it with what was there to be read."`
	Faults   string        `help:"With --check: faults of the platforms that happen at random, a YAML file or all. Workers are killed three times and a Redis server is restarted besides; it needs redis-server." placeholder:"FILE"`
	Backfill time.Duration `help:"How far back the first pass reads." default:"17520h"`
	LogLevel string        `help:"Least level that is logged." env:"HAMAWAZ_LOG_LEVEL" default:"warn" enum:"debug,info,warn,error"`
}

// demoStart is what the demo's clock shows at first: five months of the
// sandbox's year have passed, seven are to come.
var demoStart = time.Date(2024, 6, 1, 7, 0, 0, 0, time.UTC)

// The population that the demo holds reach against.
const demoPopulation = 14_894_402

var demoPopulationOf = analytics.Text{En: "people of Balochistan, census 2023", Ur: "بلوچستان کی آبادی، مردم شماری 2023"}

// The demo's people. Their password is no secret: it stands on the sign-in
// page.
const (
	demoEmail         = "analyst@demo.example"
	demoAdministrator = "administrator@demo.example"
	demoPassword      = "balochistan"
)

func (c *demoCmd) Run(ctx context.Context, out io.Writer) error {
	if !(c.Speed >= 1 && c.Speed <= 100_000) {
		return fmt.Errorf("speed %v: want between 1 and 100000", c.Speed)
	}
	if c.Faults != "" && !c.Check {
		return errors.New("--faults needs --check")
	}
	platforms, err := c.load()
	if err != nil {
		return err
	}
	dir, cleanUp, err := c.folder()
	if err != nil {
		return err
	}
	defer cleanUp()
	if c.Check {
		return c.check(ctx, out, platforms, dir)
	}
	return c.run(ctx, out, platforms, dir)
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
func (c *demoCmd) run(ctx context.Context, out io.Writer, platforms *standIns, dir string) error {
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
	p.stats.Population, p.stats.PopulationOf = demoPopulation, demoPopulationOf
	if err := c.startClock(ctx, p); err != nil {
		return err
	}
	if err := p.seedDemo(ctx, platforms.worlds()); err != nil {
		return err
	}
	if err := p.seedReport(ctx); err != nil {
		return err
	}
	if err := p.openQueue(ctx, queueSettings{}); err != nil {
		return err
	}

	server := platforms.serve(standInOptions{Now: p.clock.Now, Log: p.log})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	api := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(listener)
	defer api.Close()

	tokens, err := server.writeTokens(dir)
	if err != nil {
		return err
	}
	address := "http://" + listener.Addr().String()
	settings := server.settings(address, tokens)
	connect, err := server.connections(address, dir)
	if err != nil {
		return err
	}
	if err := p.openTokens(connect, queueSettings{}); err != nil {
		return err
	}
	settings.Backfill, settings.Workers = c.Backfill, 8
	fmt.Fprintf(out, "Hamawaz demo: http://%s\n  sign in as %s with the password %s\n  the clock began on %s and runs %g times as fast; Ctrl-C ends it\n",
		c.Listen, demoEmail, demoPassword, p.clock.Start.Format("2 January 2006"), c.Speed)
	return p.up(ctx, settings, webSettings{Listen: c.Listen}, c.paperSettings, c.mailSettings,
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
		En: "Real: public Instagram posts of 20 Brazilian state governments of 2024, with their final likes and comments, and X posts of CDCgov of 2020, " +
			"shown four years later, with their final likes, reposts and replies. ",
		Ur: "حقیقی: برازیل کی 20 ریاستی حکومتوں کی 2024 کی عوامی انسٹاگرام پوسٹیں اور ان کے حتمی لائکس اور تبصرے، اور CDCgov کی 2020 کی ایکس پوسٹیں " +
			"(چار سال بعد دکھائی گئیں) اور ان کے حتمی لائکس، ری پوسٹ اور جوابات۔ ",
	}
	if modelled {
		t.En += "Generated: the other X accounts and all of Facebook, TikTok, YouTube and the websites. Modelled: how the numbers grew, and all followers, reach, impressions, views, saves and shares beyond reposts."
		t.Ur += "خودکار تیار کردہ: ایکس کے دیگر اکاؤنٹ اور فیس بک، ٹک ٹاک، یوٹیوب اور ویب سائٹوں کا سب کچھ۔ فرضی: اعداد کے بڑھنے کی رفتار، اور تمام پیروکار، رسائی، تاثرات، مناظر، محفوظ اور ری پوسٹ کے علاوہ شیئر۔"
	} else {
		t.En += "Modelled: how the numbers grew. What the data lack is left out."
		t.Ur += "فرضی: اعداد کے بڑھنے کی رفتار۔ جو معلومات موجود نہیں وہ چھوڑ دی گئی ہیں۔"
	}
	return t
}

// seedDemo puts the worlds' departments and accounts and the demo's people into
// an empty store.
func (p *parts) seedDemo(ctx context.Context, worlds []sandbox.World) error {
	if n, err := p.directory.CountPeople(ctx); err != nil || n > 0 {
		return err
	}
	by := schema.Version{ChangedBy: "demo", Reason: "seeded"}
	departments := map[schema.DepartmentID]bool{}
	for _, world := range worlds {
		for _, a := range world.Accounts() {
			d := a.Department
			if !departments[d.ID()] {
				err := p.directory.SaveDepartment(ctx, schema.Department{
					ID: d.ID(), NameEn: d.NameEn, NameUr: d.NameUr, ShortName: d.ShortName, Kind: d.Kind, Version: by,
				})
				if err != nil {
					return err
				}
				departments[d.ID()] = true
			}
			err := p.directory.SaveAccount(ctx, schema.Account{
				ID: standInAccount(world, a), Department: d.ID(), Platform: world.Platform(), Handle: a.Handle, PlatformID: a.PlatformID,
				Name: a.Name, URL: a.URL, Access: a.Access, Status: schema.StatusApproved, Version: by,
			})
			if err != nil {
				return err
			}
		}
	}
	hash, err := dashboard.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	people := []schema.Person{
		{ID: "demo-analyst", Email: demoEmail, Name: "Demo analyst", Role: schema.RoleAnalyst, Language: "en"},
		{ID: "demo-administrator", Email: demoAdministrator, Name: "Demo administrator", Role: schema.RoleAdministrator, Language: "en"},
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
	return p.audit.Audit(ctx, schema.AuditEntry{Actor: "demo", Action: actionSeedDemo, Subject: "demo"})
}

// seedReport sets up a monthly report to the secretary, where there is no
// schedule yet. It is due on the evening of the demo's first day, a minute
// after its start; without a mail server the page of reports says why it is
// not sent.
func (p *parts) seedReport(ctx context.Context) error {
	if schedules, err := p.directory.ReportSchedules(ctx); err != nil || len(schedules) > 0 {
		return err
	}
	return p.directory.SaveReportSchedule(ctx, schema.ReportSchedule{
		ID: "demo-monthly", Name: "Monthly report for the Secretary", Kind: schema.ReportMonthly, Day: 1, Hour: 18, Language: schema.ReportBoth,
		Recipients: []string{"demo-reader"}, Languages: []string{""}, Status: schema.ScheduleActive, Since: p.clock.Now(),
		Version: schema.Version{ChangedBy: "demo", Reason: "seeded"},
	})
}

// seeded returns what a report must say of its figures where the store holds a
// demo's, or nil.
func (p *parts) seeded(ctx context.Context) (*dashboard.Demo, error) {
	n, err := p.audit.CountAudit(ctx, actionSeedDemo, "demo", time.Time{})
	if err != nil || n == 0 {
		return nil, err
	}
	return &dashboard.Demo{Sentence: demoSentence(true)}, nil
}

// actionSeedDemo is in the audit log of every demo.
const actionSeedDemo = "demo.seed"
