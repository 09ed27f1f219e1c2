package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/instagram"
	"github.com/hamawaz/hamawaz/schema"
)

// connectors returns the connector of each platform.
func connectors(s collectSettings, clock schema.Clock, log *slog.Logger) (map[schema.Platform]collector.Connector, error) {
	token, err := secret(s.InstagramTokenFile)
	if err != nil {
		return nil, err
	}
	return map[schema.Platform]collector.Connector{
		schema.Instagram: &instagram.Connector{
			BaseURL: s.InstagramURL, OfficeUserID: s.InstagramOfficeID,
			Now: clock.Now, Skew: skew(clock), Log: log,
			Token: func(context.Context, schema.Account) (string, error) {
				if token == "" {
					return "", fmt.Errorf("instagram: no token is set: put it into a file and name it with HAMAWAZ_INSTAGRAM_TOKEN_FILE: %w", collector.ErrUnauthorized)
				}
				return token, nil
			},
		},
	}, nil
}

// skew returns how far a platform's clock may be from ours: five minutes, and
// on a clock that runs fast ten real seconds.
func skew(clock schema.Clock) time.Duration {
	return max(5*time.Minute, time.Duration(clock.Factor*float64(10*time.Second)))
}
