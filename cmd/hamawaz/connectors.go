package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/facebook"
	"github.com/hamawaz/hamawaz/collector/feed"
	"github.com/hamawaz/hamawaz/collector/instagram"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/collector/tiktok"
	"github.com/hamawaz/hamawaz/collector/x"
	"github.com/hamawaz/hamawaz/collector/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// connectors returns the connector of each platform. Owners' tokens come from
// tokens, and where an account is not connected, or tokens is nil, from files.
// The budget may be nil; zone is that of dates that name none.
func connectors(s collectSettings, clock schema.Clock, log *slog.Logger, budget collector.Budget, zone *time.Location, tokens *oauth.Tokens) (map[schema.Platform]collector.Connector, error) {
	token, err := secret(s.InstagramTokenFile)
	if err != nil {
		return nil, err
	}
	files := s.ownerFiles(token)
	owner := files
	if tokens != nil {
		own := *tokens
		own.Fallback = files
		tokens, owner = &own, own.Token
	}
	yt := &youtube.Connector{
		BaseURL: s.YouTubeURL,
		Now:     clock.Now, Skew: skew(clock), Log: log, Budget: budget,
		Key: func(context.Context, schema.Account) (string, error) { return s.youtubeKey() },
	}
	if s.YouTubeOwnerTokens != "" || tokens != nil {
		yt.Token = owner
	}
	appSecret, err := secret(s.FacebookSecretFile)
	if err != nil {
		return nil, err
	}
	all := map[schema.Platform]collector.Connector{
		schema.Facebook: &facebook.Connector{
			BaseURL: s.FacebookURL, AppSecret: appSecret,
			Now: clock.Now, Skew: skew(clock), Log: log, Budget: budget,
			Token: ofOwner(owner, files),
		},
		// Dates of Pakistani sites that name no zone are Pakistani.
		schema.Feed: &feed.Connector{BaseURL: s.FeedURL, Now: clock.Now, Skew: skew(clock), Log: log, Local: zone},
		schema.TikTok: &tiktok.Connector{
			BaseURL: s.TikTokURL, BusinessURL: s.TikTokBusinessURL,
			Now: clock.Now, Skew: skew(clock), Log: log, Budget: budget,
			Token: ofOwner(owner, files),
			Business: func(_ context.Context, a schema.Account) (string, error) {
				token, err := ownerToken(s.TikTokBusiness, "HAMAWAZ_TIKTOK_BUSINESS_TOKENS", a)
				if errors.Is(err, collector.ErrUnauthorized) {
					return "", nil // it has none: the Display API serves it
				}
				return token, err
			},
		},
		schema.YouTube: yt,
		schema.Instagram: &instagram.Connector{
			BaseURL: s.InstagramURL, OfficeUserID: s.InstagramOfficeID,
			Now: clock.Now, Skew: skew(clock), Log: log, Budget: budget,
			Token: ofOwner(owner, files),
		},
		schema.X: &x.Connector{
			BaseURL: s.XURL, Vocabulary: x.Vocabulary(s.XVocabulary),
			Now: clock.Now, Skew: skew(clock), Log: log, Budget: budget,
			Prices: x.Prices{Post: millionths(s.XPostPrice), User: millionths(s.XUserPrice)},
			Token:  ofOwner(owner, files),
		},
	}
	if tokens != nil {
		for p, c := range all {
			all[p] = oauth.Renew(c, tokens)
		}
	}
	return all, nil
}

// A tokenSource returns the token to read an account with.
type tokenSource = func(context.Context, schema.Account) (string, error)

// ofOwner returns the owner's token for accounts that owners opened to us, and
// for all others what the files hold.
func ofOwner(owner, files tokenSource) tokenSource {
	return func(ctx context.Context, a schema.Account) (string, error) {
		if a.Access == schema.AccessOwner {
			return owner(ctx, a)
		}
		return files(ctx, a)
	}
}

// ownerFiles returns the source that reads the files of the settings. token is
// Instagram's. For a channel whose owner gave us none it returns no token: the
// key will do.
func (s collectSettings) ownerFiles(token string) tokenSource {
	return func(_ context.Context, a schema.Account) (string, error) {
		switch a.Platform {
		case schema.Facebook:
			return s.facebookToken(a)
		case schema.TikTok:
			return ownerToken(s.TikTokOwnerTokens, "HAMAWAZ_TIKTOK_OWNER_TOKENS", a)
		case schema.X:
			return s.xToken(a)
		case schema.YouTube:
			if s.YouTubeOwnerTokens == "" {
				return "", nil
			}
			return s.youtubeToken(a)
		case schema.Instagram:
			if token == "" {
				return "", fmt.Errorf("instagram: no token is set: put it into a file and name it with HAMAWAZ_INSTAGRAM_TOKEN_FILE: %w", collector.ErrUnauthorized)
			}
			return token, nil
		}
		return "", fmt.Errorf("%s: the account is not connected: %w", a.Platform, collector.ErrUnauthorized)
	}
}

// millionths returns dollars as budgets count them.
func millionths(dollars float64) int64 { return int64(math.Round(dollars * 1e6)) }

// xToken returns the token to read an account of X with: its owner's, or the
// app's for an account that anyone may read. It reads the file each time: an
// owner's token is good for two hours, and what renews it writes a new one.
func (s collectSettings) xToken(a schema.Account) (string, error) {
	if a.Access == schema.AccessOwner {
		return ownerToken(s.XOwnerTokens, "HAMAWAZ_X_OWNER_TOKENS", a)
	}
	return required(s.XTokenFile, "x: no token is set: put the app's into a file and name it with HAMAWAZ_X_TOKEN_FILE")
}

// facebookToken returns the token to read a Page with: its own, or the app's
// for a Page that anyone may see.
func (s collectSettings) facebookToken(a schema.Account) (string, error) {
	if a.Access == schema.AccessOwner {
		return ownerToken(s.FacebookPageTokens, "HAMAWAZ_FACEBOOK_PAGE_TOKENS", a)
	}
	return required(s.FacebookTokenFile, "facebook: no token is set: put the app's into a file and name it with HAMAWAZ_FACEBOOK_TOKEN_FILE")
}

// youtubeKey returns the key of our project for YouTube.
func (s collectSettings) youtubeKey() (string, error) {
	return required(s.YouTubeKeyFile, "youtube: no key is set: put it into a file and name it with HAMAWAZ_YOUTUBE_KEY_FILE")
}

// youtubeToken returns the token of a channel's owner. It reads the file each
// time: a token is good for an hour, and what renews it writes a new one.
func (s collectSettings) youtubeToken(a schema.Account) (string, error) {
	return ownerToken(s.YouTubeOwnerTokens, "HAMAWAZ_YOUTUBE_OWNER_TOKENS", a)
}

// ownerToken returns the token that an account's owner gave us, out of the
// folder that the setting names.
func ownerToken(folder, setting string, a schema.Account) (string, error) {
	file := ""
	if folder != "" && filepath.IsLocal(string(a.ID)) {
		file = filepath.Join(folder, string(a.ID))
	}
	return required(file, fmt.Sprintf("%s: no token is set: put the owner's into a file %s, in a folder that %s names", a.Platform, a.ID, setting))
}

// required returns the content of a file. Where there is none, the account
// cannot be read, and missing says what to do.
func required(file, missing string) (string, error) {
	content, err := secret(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if content == "" {
		return "", fmt.Errorf("%s: %w", missing, collector.ErrUnauthorized)
	}
	return content, nil
}

// skew returns how far a platform's clock may be from ours: five minutes, and
// on a clock that runs fast ten real seconds.
func skew(clock schema.Clock) time.Duration {
	return max(5*time.Minute, time.Duration(clock.Factor*float64(10*time.Second)))
}
