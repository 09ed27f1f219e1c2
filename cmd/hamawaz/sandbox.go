package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// readPlan reads the plan of faults that the setting names; none for "".
func readPlan(name string, seed uint64) (*sandbox.Plan, error) {
	switch name {
	case "":
		return nil, nil
	case "all":
		plan := sandbox.AllFaults(seed)
		return &plan, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("plan of faults: %w", err)
	}
	plan, err := sandbox.ParsePlan(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &plan, nil
}

type sandboxCmd struct {
	sandboxSettings
	Listen    string `help:"Address of the stand-in." default:"127.0.0.1:8090"`
	TokenFile string `help:"File with the access token that is accepted; made up and printed if none is named." type:"path"`
	Clock     string `help:"Clock: real, or START@REALxFACTOR." env:"HAMAWAZ_CLOCK"`
	Plan      string `help:"Faults that happen at random: a YAML file, or all." placeholder:"FILE"`
	LogLevel  string `help:"Least level that is logged." env:"HAMAWAZ_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`
}

func (c *sandboxCmd) Run(ctx context.Context, out io.Writer) error {
	platforms, err := c.load()
	if err != nil {
		return err
	}
	plan, err := readPlan(c.Plan, c.Seed)
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
	server := platforms.serve(standInOptions{Now: clock.Now, Token: token, Log: storeSettings{LogLevel: c.LogLevel}.logger(stderr), Plan: plan})
	fmt.Fprintf(out, "clock %s\n", clock)
	for _, line := range server.environment("http://"+listener.Addr().String(), tokenFiles{token: c.TokenFile}) {
		fmt.Fprintln(out, line)
	}
	if token == "" {
		fmt.Fprintf(out, "access token: %s\ntoken of our app on Facebook: %s\n", server.token, server.app)
		for _, id := range slices.Sorted(maps.Keys(server.owners)) {
			fmt.Fprintf(out, "owner's token of %s: %s\n", id, server.owners[id])
		}
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
