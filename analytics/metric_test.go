package analytics

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestCatalogueIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Catalogue() {
		if seen[m.Key] {
			t.Errorf("%s is there twice", m.Key)
		}
		seen[m.Key] = true
		for name, text := range map[string]Text{"name": m.Name, "definition": m.Means, "meaning of a dash": m.Unknown} {
			if text.En == "" || text.Ur == "" {
				t.Errorf("%s: the %s lacks a language: %+v", m.Key, name, text)
			}
		}
		if len(m.Views) == 0 || m.Unit == "" {
			t.Errorf("%s has no view or no unit", m.Key)
		}
		for _, n := range m.Notes {
			if m.Given[n.Platform] == "" {
				t.Errorf("%s: a note on %s, which never tells it", m.Key, n.Platform)
			}
			if (n.Since == "") == (n.Until == "") || n.What.En == "" || n.What.Ur == "" {
				t.Errorf("%s: note %+v", m.Key, n)
			}
			if _, err := time.Parse(time.DateOnly, n.Since+n.Until); err != nil {
				t.Errorf("%s: %v", m.Key, err)
			}
		}
		if shares := m.Given[schema.YouTube]; m.Key == "shares" && shares != "" {
			t.Errorf("YouTube is said to tell shares: %s", shares)
		}
	}
	for _, p := range []schema.Platform{schema.Instagram, schema.X, schema.YouTube} {
		for _, key := range []string{"posts", "reactions", "comments", "interactions", "views", "followers", "followers_gained", "engagement_rate"} {
			if m, _ := MetricByKey(key); m.Given[p] == "" {
				t.Errorf("%s on %s has no name", key, p)
			}
		}
	}
	if !slices.Contains(sharesCount, string(schema.X)) || slices.Contains(sharesCount, string(schema.YouTube)) || slices.Contains(sharesCount, string(schema.Instagram)) {
		t.Errorf("shares count on %v", sharesCount)
	}
}

// One account per platform. Each has a post of which all is told and one of
// which something is missing.
const platformSample = `
INSERT INTO departments (department_id, name_en, name_ur, version, changed_by) VALUES ('d', 'Health', 'صحت', 1, 'test');
INSERT INTO accounts (account_id, department_id, platform, handle, name, status, version, changed_by) VALUES
	('ig', 'd', 'instagram', 'ig', 'ig', 'approved', 1, 'test'), ('xx', 'd', 'x', 'xx', 'xx', 'approved', 1, 'test'),
	('yt', 'd', 'youtube', 'yt', 'yt', 'approved', 1, 'test'), ('fb', 'd', 'facebook', 'fb', 'fb', 'approved', 1, 'test'),
	('tt', 'd', 'tiktok', 'tt', 'tt', 'approved', 1, 'test'), ('ws', 'd', 'feed', 'ws', 'ws', 'approved', 1, 'test'),
	('pc', 'd', 'feed', 'pc', 'pc', 'approved', 1, 'test');
INSERT INTO posts (account_id, post_id, platform, published_at, collected_at) VALUES
	('ig', '1', 'instagram', '2024-05-02 05:00:00', '2024-05-02 06:00:00'), ('ig', '2', 'instagram', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('xx', '1', 'x', '2024-05-02 05:00:00', '2024-05-02 06:00:00'), ('xx', '2', 'x', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('yt', '1', 'youtube', '2024-05-02 05:00:00', '2024-05-02 06:00:00'), ('yt', '2', 'youtube', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('fb', '1', 'facebook', '2024-05-02 05:00:00', '2024-05-02 06:00:00'), ('fb', '2', 'facebook', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('tt', '1', 'tiktok', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('ws', '1', 'feed', '2024-05-02 05:00:00', '2024-05-02 06:00:00'), ('ws', '2', 'feed', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('pc', '1', 'feed', '2024-05-02 05:00:00', '2024-05-02 06:00:00');
INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, shares, views, impressions, saves, clicks) VALUES
	('ig', '1', 'instagram', '2024-05-02 06:00:00', 'media', 10, 2, NULL, NULL, NULL, NULL, NULL),
	('ig', '1', 'instagram', '2024-05-02 06:00:00', 'insights', NULL, NULL, 100, 400, NULL, 5, NULL),
	('ig', '2', 'instagram', '2024-05-02 06:00:00', 'media', NULL, 3, NULL, NULL, NULL, NULL, NULL),
	('xx', '1', 'x', '2024-05-02 06:00:00', 'tweets', 20, 4, 7, 300, 5000, 6, NULL),
	('xx', '1', 'x', '2024-05-02 06:00:00', 'private', NULL, NULL, NULL, NULL, NULL, NULL, 11),
	('xx', '2', 'x', '2024-05-02 06:00:00', 'tweets', 30, 1, NULL, NULL, 900, NULL, NULL),
	('yt', '1', 'youtube', '2024-05-02 06:00:00', 'videos', 40, 5, NULL, 7000, NULL, NULL, NULL),
	('yt', '2', 'youtube', '2024-05-02 06:00:00', 'videos', 50, NULL, NULL, 8000, NULL, NULL, NULL),
	('fb', '1', 'facebook', '2024-05-02 06:00:00', 'import', 60, 6, 9, NULL, NULL, NULL, NULL),
	('fb', '2', 'facebook', '2024-05-02 06:00:00', 'import', 70, 0, NULL, NULL, NULL, NULL, NULL),
	('tt', '1', 'tiktok', '2024-05-02 06:00:00', 'videos', 80, 8, 12, 9000, NULL, NULL, NULL),
	('ws', '1', 'feed', '2024-05-02 06:00:00', 'feed', NULL, 9, NULL, NULL, NULL, NULL, NULL),
	('ws', '2', 'feed', '2024-05-02 06:00:00', 'feed', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('pc', '1', 'feed', '2024-05-02 06:00:00', 'feed', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO account_observations (account_id, platform, observed_at, followers) VALUES
	('ig', 'instagram', '2024-05-02 06:00:00', 100), ('xx', 'x', '2024-05-02 06:00:00', 200), ('yt', 'youtube', '2024-05-02 06:00:00', 10700)
`

// TestPlatformsByHand asks for each number of each platform. X counts its
// shares among the interactions, and a post whose shares are missing has
// unknown ones; YouTube has none, so a missing number of them changes nothing.
func TestPlatformsByHand(t *testing.T) {
	s := schematest.Open(t)
	schematest.Exec(t, s, platformSample)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: func() time.Time { return schematest.Time(t, "2024-05-10 08:00:00") }}
	for _, id := range []schema.AccountID{"ig", "xx", "yt", "fb", "tt", "ws", "pc"} {
		if _, err := db.Rollup(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	may := days(t, db.Zone, "2024-05-01", "2024-06-01")
	for _, tt := range []struct {
		metric  string
		want    map[string]float64 // instagram, x, youtube, facebook, tiktok, feed
		unknown map[string]uint64
	}{
		{"posts", map[string]float64{"instagram": 2, "x": 2, "youtube": 2, "facebook": 2, "tiktok": 1, "feed": 3}, nil},
		{"reactions", map[string]float64{"instagram": 10, "x": 20 + 30, "youtube": 40 + 50, "facebook": 60 + 70, "tiktok": 80, "feed": -1}, map[string]uint64{"instagram": 1, "feed": 3}},
		{"comments", map[string]float64{"instagram": 2 + 3, "x": 4 + 1, "youtube": 5, "facebook": 6, "tiktok": 8, "feed": 9}, map[string]uint64{"youtube": 1, "feed": 2}},
		{"shares", map[string]float64{"instagram": 100, "x": 7, "youtube": -1, "facebook": 9, "tiktok": 12, "feed": -1}, map[string]uint64{"instagram": 1, "x": 1, "youtube": 2, "facebook": 1, "feed": 3}},
		{"interactions", map[string]float64{"instagram": 10 + 2, "x": 20 + 4 + 7, "youtube": 40 + 5, "facebook": 60 + 6 + 9, "tiktok": 80 + 8 + 12, "feed": -1},
			map[string]uint64{"instagram": 1, "x": 1, "youtube": 1, "facebook": 1, "feed": 3}},
		{"views", map[string]float64{"instagram": 400, "x": 300, "youtube": 15000, "facebook": -1, "tiktok": 9000, "feed": -1}, map[string]uint64{"instagram": 1, "x": 1, "facebook": 2, "feed": 3}},
		{"impressions", map[string]float64{"instagram": -1, "x": 5900, "youtube": -1, "facebook": -1, "tiktok": -1, "feed": -1}, map[string]uint64{"instagram": 2, "youtube": 2, "facebook": 2, "tiktok": 1, "feed": 3}},
		{"saves", map[string]float64{"instagram": 5, "x": 6, "youtube": -1, "facebook": -1, "tiktok": -1, "feed": -1}, map[string]uint64{"instagram": 1, "x": 1, "youtube": 2, "facebook": 2, "tiktok": 1, "feed": 3}},
		{"clicks", map[string]float64{"instagram": -1, "x": 11, "youtube": -1, "facebook": -1, "tiktok": -1, "feed": -1}, map[string]uint64{"instagram": 2, "x": 1, "youtube": 2, "facebook": 2, "tiktok": 1, "feed": 3}},
		{"followers", map[string]float64{"instagram": 100, "x": 200, "youtube": 10700, "facebook": -1, "tiktok": -1, "feed": -1}, map[string]uint64{"facebook": 1, "tiktok": 1, "feed": 2}},
		{"engagement_rate", map[string]float64{"instagram": 12.0 / 100, "x": 31.0 / 200, "youtube": 45.0 / 10700, "facebook": -1, "tiktok": -1, "feed": -1},
			map[string]uint64{"instagram": 1, "x": 1, "youtube": 1, "facebook": 2, "tiktok": 1, "feed": 3}},
	} {
		got, unknown := ask(t, db, Question{Metric: tt.metric, By: "platform", View: ViewLife, Period: may})
		if tt.unknown == nil {
			tt.unknown = map[string]uint64{}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.metric, d)
		}
		if d := cmp.Diff(tt.unknown, unknown); d != "" {
			t.Errorf("%s, unknown (-want +got):\n%s", tt.metric, d)
		}
	}
}
