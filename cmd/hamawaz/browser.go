package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// newBrowser returns a client that keeps cookies, for measures of our own
// pages.
func newBrowser() (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: time.Minute}, err
}

var tokenPattern = regexp.MustCompile(`name="token" value="([^"]+)"`)

// signIn opens a session on the dashboard.
func signIn(ctx context.Context, client *http.Client, base, email, password string) error {
	form, err := get(ctx, client, base+"/sign-in")
	if err != nil {
		return err
	}
	token := tokenPattern.FindSubmatch(form)
	if token == nil {
		return errors.New("sign in: the form has no token")
	}
	body := url.Values{"token": {string(token[1])}, "email": {email}, "password": {password}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sign-in", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || strings.HasSuffix(resp.Request.URL.Path, "/sign-in") {
		return fmt.Errorf("sign in as %s: refused with status %d", email, resp.StatusCode)
	}
	return nil
}

var sheetPattern = regexp.MustCompile(`<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"|<link[^>]+href="([^"]+)"[^>]+rel="stylesheet"`)

// firstFigure returns the compressed size of the overview page and of each
// style sheet that a browser must have before it shows anything.
func firstFigure(ctx context.Context, client *http.Client, base, language string) (map[string]int, error) {
	sizes := map[string]int{}
	fetch := func(path string, encoding string) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept-Encoding", encoding)
		req.Header.Set("Accept-Language", language)
		req.AddCookie(&http.Cookie{Name: "language", Value: language})
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("GET %s: status %d", path, resp.StatusCode)
		}
		return io.ReadAll(resp.Body)
	}
	plain, err := fetch("/", "identity")
	if err != nil {
		return nil, err
	}
	packed, err := fetch("/", "br")
	if err != nil {
		return nil, err
	}
	sizes["page"] = len(packed)
	for _, m := range sheetPattern.FindAllStringSubmatch(string(plain), -1) {
		path := m[1] + m[2]
		b, err := fetch(path, "br")
		if err != nil {
			return nil, err
		}
		sizes[path] = len(b)
	}
	return sizes, nil
}
