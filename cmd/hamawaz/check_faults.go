package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/jobs"
)

// faultsTimeout bounds a check with faults: what a platform asks to wait for is
// divided by the clock's factor.
const faultsTimeout = 12 * time.Minute

// startRedis starts a redis-server that keeps every write (AOF), and makes it
// the queue of the children to come.
func (s *supervisor) startRedis(ctx context.Context, dir string) error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return errors.New("--faults restarts a real queue, and redis-server is missing: apt-get install redis-server")
	}
	address, err := freePort()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	files := filepath.Join(dir, "redis")
	password, config := rand.Text(), filepath.Join(files, "redis.conf")
	passwordFile := filepath.Join(files, "password")
	err = errors.Join(os.MkdirAll(files, 0o700),
		os.WriteFile(passwordFile, []byte(password), 0o600),
		// In a file: arguments can be read by everybody.
		os.WriteFile(config, fmt.Appendf(nil, "port %s\nbind 127.0.0.1\ndir %q\nrequirepass %s\nappendonly yes\nappendfsync always\nsave \"\"\nloglevel warning\n", port, files, password), 0o600))
	if err != nil {
		return fmt.Errorf("redis for the check: %w", err)
	}
	if err := s.startProgram("redis", path, config); err != nil {
		return err
	}
	url := "redis://" + address + "/0"
	for {
		client, err := jobs.OpenRedis(ctx, url, password)
		if err == nil {
			client.Close()
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.environment = append(s.environment, "HAMAWAZ_REDIS="+url, "HAMAWAZ_REDIS_PASSWORD_FILE="+passwordFile)
	return nil
}

// withKills returns the progress that also kills: the workers when a tenth, a
// third and two thirds of the posts since then are stored, and the queue's
// server when half of them are.
func withKills(s *supervisor, worlds []sandbox.World, since time.Time, progress func(done, all int, posts uint64)) func(done, all int, posts uint64) {
	var whole uint64
	for _, w := range worlds {
		for _, a := range w.Accounts() {
			for _, post := range w.Posts(a.Handle, demoStart) {
				if !post.PublishedAt.Before(since) {
					whole++
				}
			}
		}
	}
	kills := []struct {
		role  string
		after uint64
	}{{"work", whole / 10}, {"work", whole / 3}, {"redis", whole / 2}, {"work", whole * 2 / 3}}
	return func(done, all int, posts uint64) {
		for len(kills) > 0 && posts >= kills[0].after {
			if err := s.kill(kills[0].role); err != nil {
				fmt.Fprintln(stderr, "check:", err)
			}
			kills = kills[1:]
		}
		progress(done, all, posts)
	}
}
