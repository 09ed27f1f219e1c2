package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"text/tabwriter"

	"github.com/hamawaz/hamawaz/schema"
)

type accountCmd struct {
	Add           accountAddCmd      `cmd:"" help:"Register an approved account."`
	List          accountListCmd     `cmd:"" help:"List the accounts."`
	Close         accountCloseCmd    `cmd:"" help:"Close an account: it is not collected any more, its records stay."`
	AddDepartment departmentAddCmd   `cmd:"" help:"Add a department."`
	Departments   departmentsListCmd `cmd:"" help:"List the departments."`
}

// idPattern is what our own keys look like: they stand in addresses and files.
var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return fmt.Errorf("the id %q must be small letters, digits, dots, dashes and underlines, at most 63", id)
	}
	return nil
}

type accountAddCmd struct {
	storeSettings
	ID         string `arg:"" help:"Our own id of the account, such as health-instagram."`
	Department string `help:"Department, by id." required:""`
	Platform   string `help:"The platform." default:"instagram" enum:"facebook,instagram,tiktok,x,youtube,feed"`
	Handle     string `help:"User name, without @; of a feed it is made of its address."`
	URL        string `name:"url" help:"Address of a website's feed: RSS, Atom or JSON Feed."`
	PlatformID string `help:"The platform's own id; needed for access owner on Instagram."`
	Name       string `help:"Name as shown." required:""`
	Access     string `help:"owner: its owner has authorised us; public: read by name." default:"public" enum:"owner,public"`
	Reason     string `help:"The approval: letter and date." required:""`
}

func (c *accountAddCmd) Run(ctx context.Context) error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	if c.Platform == string(schema.Instagram) && c.Access == string(schema.AccessOwner) && c.PlatformID == "" {
		return fmt.Errorf("an account with access owner needs the platform's id: set --platform-id")
	}
	if c.Platform == string(schema.Feed) {
		if c.Handle = schema.FeedHandle(c.URL); c.Handle == "" {
			return fmt.Errorf("%q is no address of a feed: set --url, such as https://www.example.gov.pk/feed/", c.URL)
		}
	} else if c.Handle == "" {
		return errors.New("set --handle to the user name, without @")
	} else {
		c.URL = profileURL(schema.Platform(c.Platform), c.Handle)
	}
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		if err := p.departmentExists(ctx, c.Department); err != nil {
			return err
		}
		accounts, err := p.directory.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if string(a.ID) == c.ID || string(a.Platform) == c.Platform && a.Handle == c.Handle {
				return fmt.Errorf("%s (@%s on %s) is registered already, for %s", a.ID, a.Handle, a.Platform, a.Department)
			}
		}
		return p.saveAccount(ctx, schema.Account{
			ID: schema.AccountID(c.ID), Department: schema.DepartmentID(c.Department), Platform: schema.Platform(c.Platform),
			Handle: c.Handle, PlatformID: c.PlatformID, Name: c.Name, URL: c.URL,
			Access: schema.Access(c.Access), Status: schema.StatusApproved,
			Version: schema.Version{ChangedBy: "command line", Reason: c.Reason},
		}, "account.add")
	})
}

// profileURL returns the address of an account's page for people.
func profileURL(p schema.Platform, handle string) string {
	switch p {
	case schema.Facebook:
		return "https://www.facebook.com/" + handle
	case schema.TikTok:
		return "https://www.tiktok.com/@" + handle
	case schema.X:
		return "https://x.com/" + handle
	case schema.YouTube:
		return "https://www.youtube.com/@" + handle
	}
	return "https://www.instagram.com/" + handle + "/"
}

func (p *parts) saveAccount(ctx context.Context, a schema.Account, action string) error {
	if err := p.directory.SaveAccount(ctx, a); err != nil {
		return err
	}
	return p.audit.Audit(ctx, schema.AuditEntry{Actor: a.ChangedBy, Action: action, Subject: string(a.ID)})
}

type accountCloseCmd struct {
	storeSettings
	ID     string `arg:"" help:"Id of the account."`
	Reason string `help:"Why, and by whose order." required:""`
}

func (c *accountCloseCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		a, err := p.directory.Account(ctx, schema.AccountID(c.ID))
		if err != nil {
			return err
		}
		a.Status, a.ChangedBy, a.Reason = schema.StatusClosed, "command line", c.Reason
		return p.saveAccount(ctx, a, "account.close")
	})
}

type accountListCmd struct{ storeSettings }

func (c *accountListCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		accounts, err := p.directory.Accounts(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tDEPARTMENT\tPLATFORM\tHANDLE\tACCESS\tSTATUS")
		for _, a := range accounts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Department, a.Platform, a.Handle, a.Access, a.Status)
		}
		return w.Flush()
	})
}

type departmentAddCmd struct {
	storeSettings
	ID     string `arg:"" help:"Our own id of the department, such as health."`
	NameEn string `help:"Name in English." required:""`
	NameUr string `help:"Name in Urdu."`
	Kind   string `help:"Kind: department, office, authority …" default:"department"`
}

func (c *departmentAddCmd) Run(ctx context.Context) error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		if p.departmentExists(ctx, c.ID) == nil {
			return fmt.Errorf("there is a department %q already", c.ID)
		}
		return p.directory.SaveDepartment(ctx, schema.Department{
			ID: schema.DepartmentID(c.ID), NameEn: c.NameEn, NameUr: c.NameUr, Kind: c.Kind,
			Version: schema.Version{ChangedBy: "command line", Reason: "added"},
		})
	})
}

type departmentsListCmd struct{ storeSettings }

func (c *departmentsListCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		departments, err := p.directory.Departments(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tENGLISH\tURDU")
		for _, d := range departments {
			fmt.Fprintf(w, "%s\t%s\t%s\n", d.ID, d.NameEn, d.NameUr)
		}
		return w.Flush()
	})
}
