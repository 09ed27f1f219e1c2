package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

type doctorCmd struct {
	storeSettings
	queueSettings
	collectSettings
	connectSettings
	paperSettings
	mailSettings
	Quick bool `help:"Only what a running part stands on: settings, store and queue."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// A finding is what the doctor says of one part.
type finding struct {
	Part   string `json:"part"`
	Well   bool   `json:"well"`
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

func (c *doctorCmd) Run(ctx context.Context, out io.Writer) error {
	findings := c.examine(ctx)
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(findings); err != nil {
			return err
		}
	}
	well := true
	for _, f := range findings {
		mark := "ok      "
		if !f.Well {
			mark, well = "trouble ", false
		}
		if !c.JSON {
			fmt.Fprintf(out, "%s%-10s %s\n", mark, f.Part, f.Says)
			if f.Advice != "" {
				fmt.Fprintf(out, "        %-10s %s\n", "", f.Advice)
			}
		}
	}
	if !well {
		return errReported
	}
	return nil
}

// examine checks every part. A part that others stand on ends the examination
// when it is not well.
func (c *doctorCmd) examine(ctx context.Context) []finding {
	var all []finding
	add := func(part, says, advice string, err error) bool {
		f := finding{Part: part, Well: err == nil, Says: says}
		if err != nil {
			f.Says, f.Advice = sentence(err), advice
		}
		all = append(all, f)
		return err == nil
	}

	_, err := c.location()
	if !add("settings", "zone "+c.Zone, "set --zone", errors.Join(err, c.collectSettings.check())) {
		return all
	}
	p, err := openStore(ctx, c.storeSettings, false)
	if !add("store", "answers, tables are up to date", "", err) {
		return all
	}
	defer p.close()
	if p.store.Dir != "" {
		free, _, err := freeSpace(p.store.Dir)
		if err == nil {
			err = enoughSpace(p.store.Dir, spaceToMerge)
		}
		add("disk", fmt.Sprintf("%d GiB are free", free>>30), "the engine needs room to merge tables of some size", err)
	}

	c.examineQueue(ctx, p, add)
	if c.Quick {
		return all
	}

	people, err := p.directory.People(ctx)
	if err == nil && !anyAdministrator(people) {
		err = errors.New("nobody is administrator")
	}
	add("people", fmt.Sprintf("%d may sign in", len(people)), "hamawaz user add someone@office --name Name --role administrator", err)

	accounts, err := p.directory.Accounts(ctx)
	if err == nil && len(accounts) == 0 {
		err = errors.New("no account is registered")
	}
	add("accounts", fmt.Sprintf("%d registered", len(accounts)), "hamawaz account add-department, then hamawaz account add", err)

	forks, err := p.directory.Forks(ctx)
	if err == nil && len(forks) > 0 {
		err = fmt.Errorf("two people changed these at the same moment: %s", strings.Join(forks, ", "))
	}
	add("records", "no record was changed twice at once", "look at them and save the right version again", err)

	rows, faults, err := p.audit.VerifyAudit(ctx)
	if err == nil && len(faults) > 0 {
		err = errors.New(strings.Join(faults, "; "))
	}
	add("audit log", fmt.Sprintf("%d rows, every chain is whole", rows), "somebody changed the table by hand: ask who may", err)

	batches, err := p.importer().List(ctx)
	if err == nil {
		err = unfinished(batches, time.Now())
	}
	add("imports", fmt.Sprintf("%d recorded, none was cut off", len(batches)), "import the same files again, which completes them, or take them back with hamawaz import undo", err)

	connected := c.examineConnections(ctx, p, add)

	token, err := secret(c.InstagramTokenFile)
	if err == nil && token == "" {
		err = errors.New("no token is set")
	}
	add("instagram", "a token is set", "put the token into a file and name it with HAMAWAZ_INSTAGRAM_TOKEN_FILE", err)
	// What an owner connected on the pages needs no file.
	unlessConnected := func(file func(schema.Account) (string, error)) func(schema.Account) (string, error) {
		return func(a schema.Account) (string, error) {
			if connected[a.ID] {
				return "", nil
			}
			return file(a)
		}
	}
	examineSecrets(schema.Facebook, accounts, unlessConnected(c.facebookToken), "our app's token serves Pages that anyone may see, a Page's its own", add)
	examineSecrets(schema.TikTok, accounts, unlessConnected(func(a schema.Account) (string, error) {
		return ownerToken(c.TikTokOwnerTokens, "HAMAWAZ_TIKTOK_OWNER_TOKENS", a)
	}), "TikTok is read by the owner's token alone", add)
	examineSecrets(schema.X, accounts, unlessConnected(c.xToken), "an app's token serves public accounts, an owner's its own", add)
	examineSecrets(schema.YouTube, accounts, unlessConnected(func(a schema.Account) (string, error) {
		if a.Access == schema.AccessOwner && c.YouTubeOwnerTokens != "" {
			return c.youtubeToken(a)
		}
		return c.youtubeKey()
	}), "the project's key serves all channels, an owner's token its own", add)
	c.examineReports(ctx, p, add)
	return all
}

// examineConnections checks the keys, that every stored secret opens, and which
// connections need a person. It returns the accounts that are connected.
func (c *doctorCmd) examineConnections(ctx context.Context, p *parts, add func(part, says, advice string, err error) bool) map[schema.AccountID]bool {
	connected := map[schema.AccountID]bool{}
	if err := p.openTokens(c.connectSettings, c.queueSettings); err != nil {
		add("connections", "", "see the settings of applications and keys in the README", err)
		return connected
	}
	vault := p.vault(p.keys)
	all, err := vault.Credentials(ctx)
	if err != nil {
		add("connections", "", "", err)
		return connected
	}
	var troubles []string
	active, old := 0, 0
	for _, x := range all {
		switch x.Status {
		case schema.CredentialActive:
			active++
			connected[x.Account] = true
			if _, err := vault.Secret(x); err != nil {
				troubles = append(troubles, err.Error())
			}
			if x.KeyID != p.keys.First() {
				old++
			}
			if end := x.LapsesAt(); end != nil && end.Sub(p.clock.Now()) < 7*24*time.Hour {
				troubles = append(troubles, fmt.Sprintf("%s ends on %s", x.Account, end.Format(time.DateOnly)))
			}
		case schema.CredentialLapsed:
			troubles = append(troubles, fmt.Sprintf("%s must be connected again (%s)", x.Account, x.Reason))
		}
	}
	says := fmt.Sprintf("%d accounts are connected by their owners", active)
	if old > 0 && len(troubles) == 0 {
		says += fmt.Sprintf("; %d are encrypted with an older key: hamawaz key rotate", old)
	}
	if len(troubles) > 0 {
		err = errors.New(strings.Join(troubles, "; "))
	}
	add("connections", says, "an administrator connects them again on the page Connections", err)
	return connected
}

// A million rows are imported within a minute.
const longestImport = time.Hour

// unfinished names the imports whose process must have died.
func unfinished(batches []importer.Batch, now time.Time) error {
	var names []string
	for _, b := range batches {
		if b.State == importer.StateRunning && now.Sub(b.UpdatedAt) > longestImport {
			names = append(names, b.ID+" of "+files(b.Files))
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("begun and never ended: %s", strings.Join(names, "; "))
}

// examineSecrets checks that every account of the platform has what it is read
// with, where there is any.
func examineSecrets(platform schema.Platform, accounts []schema.Account, secret func(schema.Account) (string, error), advice string, add func(part, says, advice string, err error) bool) {
	n := 0
	var first error
	for _, a := range accounts {
		if a.Platform != platform || a.Status != schema.StatusApproved {
			continue
		}
		n++
		if _, err := secret(a); err != nil && first == nil {
			first = fmt.Errorf("%s: %w", a.ID, err)
		}
	}
	if n > 0 {
		add(string(platform), fmt.Sprintf("%d accounts have a key or token", n), advice, first)
	}
}

// examineReports checks what prints reports and what mails them. Nothing is
// mailed. Where no report is scheduled, neither need be there.
func (c *doctorCmd) examineReports(ctx context.Context, p *parts, add func(part, says, advice string, err error) bool) {
	schedules, err := p.directory.ReportSchedules(ctx)
	active := 0
	for _, s := range schedules {
		if s.Status == schema.ScheduleActive {
			active++
		}
	}
	if !add("reports", fmt.Sprintf("%d scheduled", active), "", err) || active == 0 && c.SMTPHost == "" {
		return
	}
	path, err := c.printer().Find()
	add("chromium", path, "reports cannot be printed without it", err)
	m, err := c.mailer()
	if err == nil && m == nil {
		err = errors.New("no mail server is set: reports are made and not sent")
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		err = m.Reach(ctx)
	}
	add("mail", c.SMTPHost+" answers and lets us in", "set HAMAWAZ_SMTP_HOST and the settings beside it", err)
}

// examineQueue checks the queue. An embedded one runs only while hamawaz up
// does.
func (c *doctorCmd) examineQueue(ctx context.Context, p *parts, add func(part, says, advice string, err error) bool) {
	if c.Redis == "" && p.store.Holder {
		add("queue", "embedded, begins with hamawaz up", "", nil)
		return
	}
	err := p.openQueue(ctx, c.queueSettings)
	if err == nil {
		err = p.redis.Ping(ctx).Err()
	}
	add("queue", "answers", "start hamawaz up, or the Redis server", err)
}

func anyAdministrator(people []schema.Person) bool {
	for _, x := range people {
		if x.Role == schema.RoleAdministrator && x.Status == schema.StatusActive {
			return true
		}
	}
	return false
}
