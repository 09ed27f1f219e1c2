package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/schema"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person."`
	List     userListCmd     `cmd:"" help:"List the people."`
	Password userPasswordCmd `cmd:"" help:"Set a person's password."`
	Disable  userDisableCmd  `cmd:"" help:"End a person's access."`
	Enable   userEnableCmd   `cmd:"" help:"Give a person access again."`
}

// passwordSettings say where a new password comes from.
type passwordSettings struct {
	PasswordFile string `help:"File with the password; - for standard input." default:"-"`
}

// read returns the new password.
func (s passwordSettings) read() (string, error) {
	var text string
	if s.PasswordFile == "-" {
		fmt.Fprint(stderr, "Password: ")
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", errors.New("no password was given: type it, or name a file with --password-file")
		}
		text = strings.TrimRight(line, "\r\n")
	} else {
		var err error
		if text, err = schema.ReadSecret(s.PasswordFile); err != nil {
			return "", err
		}
	}
	if utf8.RuneCountInString(text) < dashboard.MinPassword {
		return "", fmt.Errorf("the password must have at least %d characters", dashboard.MinPassword)
	}
	return text, nil
}

type userAddCmd struct {
	storeSettings
	passwordSettings
	Email      string `arg:"" help:"E-mail address: the name to sign in with."`
	Name       string `help:"Name of the person." required:""`
	Role       string `help:"administrator, analyst, department_head, officer or reader." default:"analyst" enum:"administrator,analyst,department_head,officer,reader"`
	Department string `help:"Department, by id; needed for department_head and officer."`
	Language   string `help:"en or ur." default:"en" enum:"en,ur"`
}

func (c *userAddCmd) Run(ctx context.Context, out io.Writer) error {
	person := schema.Person{
		ID: uuid.NewString(), Email: c.Email, Name: c.Name, Role: schema.Role(c.Role),
		Department: schema.DepartmentID(c.Department), Language: c.Language, Status: schema.StatusActive,
	}
	// Whether there is such a department only the store knows.
	if err := inWords(person, person.Check([]schema.Department{{ID: person.Department}})); err != nil {
		return err
	}
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		if err := p.checkPerson(ctx, person); err != nil {
			return err
		}
		password, err := c.read()
		if err != nil {
			return err
		}
		if person.PasswordHash, err = dashboard.HashPassword(password); err != nil {
			return err
		}
		if err := p.savePerson(ctx, person, "person.add"); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s may sign in as %s.\n", c.Email, c.Role)
		return nil
	})
}

// checkPerson holds the person to the rules that the page for administrators
// has.
func (p *parts) checkPerson(ctx context.Context, person schema.Person) error {
	departments, err := p.directory.Departments(ctx)
	if err != nil {
		return err
	}
	people, err := p.directory.People(ctx)
	if err != nil {
		return err
	}
	if err = person.Check(departments); err == nil {
		err = person.CheckChange(people, "")
	}
	return inWords(person, err)
}

// inWords returns the error, and for a rule that is broken one that says what
// to do at the command line.
func inWords(person schema.Person, err error) error {
	switch err {
	case schema.FaultEmail:
		return fmt.Errorf("%q is no e-mail address", person.Email)
	case schema.FaultTaken:
		return fmt.Errorf("%s is there already: see hamawaz user list", person.Email)
	case schema.FaultNoDepartment:
		return fmt.Errorf("a person with the role %s needs a department: name it with --department", person.Role)
	case schema.FaultDepartment:
		return fmt.Errorf("there is no department %q: see hamawaz account departments", person.Department)
	}
	return err
}

// savePerson stores the person as changed from the command line.
func (p *parts) savePerson(ctx context.Context, person schema.Person, action string) error {
	person.ChangedBy, person.Reason = "command line", action
	if err := p.directory.SavePerson(ctx, person); err != nil {
		return err
	}
	return p.audit.Audit(ctx, schema.AuditEntry{Actor: "command line", Action: action, Subject: person.ID})
}

// departmentExists checks that there is such a department; none named is well.
func (p *parts) departmentExists(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	all, err := p.directory.Departments(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if string(d.ID) == id {
			return nil
		}
	}
	return fmt.Errorf("there is no department %q: see hamawaz account departments", id)
}

// withStore opens the store for one command.
func withStore(ctx context.Context, s storeSettings, f func(*parts) error) error {
	p, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.close())
}

type userListCmd struct{ storeSettings }

func (c *userListCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		people, err := p.directory.People(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "E-MAIL\tNAME\tROLE\tDEPARTMENT\tSTATUS")
		for _, x := range people {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", x.Email, x.Name, x.Role, x.Department, x.Status)
		}
		return w.Flush()
	})
}

// changePerson loads a person by e-mail address, changes it and stores it.
func changePerson(ctx context.Context, s storeSettings, email, action string, change func(*schema.Person) error) error {
	return withStore(ctx, s, func(p *parts) error {
		person, err := p.directory.PersonByEmail(ctx, email)
		if errors.Is(err, schema.ErrNotFound) {
			return fmt.Errorf("there is no person %s: see hamawaz user list", email)
		}
		if err != nil {
			return err
		}
		if err := change(&person); err != nil {
			return err
		}
		people, err := p.directory.People(ctx)
		if err != nil {
			return err
		}
		if err := person.CheckChange(people, ""); err != nil {
			return err
		}
		return p.savePerson(ctx, person, action)
	})
}

type userPasswordCmd struct {
	storeSettings
	passwordSettings
	Email string `arg:"" help:"E-mail address of the person."`
}

func (c *userPasswordCmd) Run(ctx context.Context) error {
	return changePerson(ctx, c.storeSettings, c.Email, "person.password", func(x *schema.Person) error {
		password, err := c.read()
		if err != nil {
			return err
		}
		x.PasswordHash, err = dashboard.HashPassword(password)
		return err
	})
}

type userDisableCmd struct {
	storeSettings
	Email string `arg:"" help:"E-mail address of the person."`
}

func (c *userDisableCmd) Run(ctx context.Context) error {
	return changePerson(ctx, c.storeSettings, c.Email, "person.disable", func(x *schema.Person) error {
		x.Status = schema.StatusDisabled
		return nil
	})
}

type userEnableCmd struct {
	storeSettings
	Email string `arg:"" help:"E-mail address of the person."`
}

func (c *userEnableCmd) Run(ctx context.Context) error {
	return changePerson(ctx, c.storeSettings, c.Email, "person.enable", func(x *schema.Person) error {
		x.Status = schema.StatusActive
		return nil
	})
}
