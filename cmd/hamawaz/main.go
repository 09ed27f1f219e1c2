// Command hamawaz is the social-media analytics dashboard of the Government of
// Balochistan's Information Department: collector, workers and web pages in one
// program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// cli is every command of the program.
type cli struct {
	Demo     demoCmd     `cmd:"" help:"Run everything with real public data of other governments, to look at."`
	Up       upCmd       `cmd:"" help:"Run the dashboard, the workers and the schedule in one process."`
	Serve    serveCmd    `cmd:"" help:"Run the dashboard only."`
	Work     workCmd     `cmd:"" help:"Run the workers only."`
	Schedule scheduleCmd `cmd:"" help:"Run the schedule only."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the tables of the store up to date."`
	Collect  collectCmd  `cmd:"" help:"Collect accounts now, without the queue."`
	Import   importCmd   `cmd:"" help:"Import posts, accounts or departments from files."`
	Query    queryCmd    `cmd:"" help:"Print a metric: the pages' own numbers."`
	Report   reportCmd   `cmd:"" help:"Print the report of a month to PDF."`
	User     userCmd     `cmd:"" help:"Manage the people who may sign in."`
	Key      keyCmd      `cmd:"" help:"Make keys that credentials are encrypted with, and change them."`
	Account  accountCmd  `cmd:"" help:"Manage the official accounts and their departments."`
	Doctor   doctorCmd   `cmd:"" help:"Check every part and say what to do."`
	Sandbox  sandboxCmd  `cmd:"" help:"Run the stand-in of the platforms alone."`
	Bench    benchCmd    `cmd:"" help:"Measure speed and memory: one JSON line per measure."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// run picks the command and returns the exit status: 0 when well, 1 when it
// failed, 2 when the command line is wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	status := -1
	parser, err := kong.New(&c,
		kong.Name("hamawaz"),
		kong.Description("Social-media analytics of a government's official accounts. Settings are flags or HAMAWAZ_… variables."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { status = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "hamawaz:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if status >= 0 {
		return status // help was printed
	}
	if err != nil {
		fmt.Fprintf(stderr, "hamawaz: %s (see hamawaz --help)\n", sentence(err))
		return 2
	}
	err = command.Run()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return 1
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return 0 // asked to stop
	default:
		fmt.Fprintln(stderr, "hamawaz:", sentence(err))
		return 1
	}
}

// errReported ends a command that has already said what is wrong.
var errReported = errors.New("already reported")

// sentence returns the error on one line.
func sentence(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

type versionCmd struct{}

func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, version)
	return err
}
