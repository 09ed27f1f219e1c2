package analytics

import (
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestZZProf(t *testing.T) {
	s := schematest.Open(t)
	schematest.Exec(t, s, manyPosts)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	may := days(t, db.Zone, "2024-05-01", "2024-05-29")
	all := days(t, db.Zone, "2022-06-01", "2024-06-01")
	for name, q := range map[string]PostsQuestion{"28": {Selection: Selection{Period: may}}, "28s": {Selection: Selection{Period: may}, Search: "صفائی"}, "all": {Selection: Selection{Period: all}, Sort: "interactions"}, "page": {Selection: Selection{Period: all}, Offset: 100000}} {
		best := time.Hour
		for range 25 {
			at := time.Now()
			if _, err := db.Posts(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(at))
		}
		t.Log(name, best.Round(time.Millisecond))
	}
}
