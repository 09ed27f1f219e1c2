package main

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// The repository's root, seen from this package.
const composeRoot = "../.."

// composeRoles are the services that run our image; all but migrate run for
// good.
var composeRoles = []string{"serve", "work", "schedule", "migrate"}

// composeLoad reads docker-compose.yml as docker compose does, in a folder of
// its own with the settings of .env.example and nothing of this machine.
func composeLoad(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{"docker-compose.yml": "docker-compose.yml", ".env.example": ".env"} {
		if err := os.WriteFile(filepath.Join(dir, to), composeRead(t, from), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "docker-compose.yml")}},
		Environment: types.Mapping{},
	}, loader.WithProfiles(profiles))
	if err != nil {
		t.Fatalf("load docker-compose.yml with profiles %q: %v", profiles, err)
	}
	return project
}

func composeRead(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(composeRoot, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// composeOneShot says whether the service ends by itself.
func composeOneShot(name string) bool { return name == "migrate" }

func composeNames(p *types.Project) []string {
	names := p.ServiceNames()
	slices.Sort(names)
	return names
}

// composeTokens are the words of a service's command and health check, with
// its scripts cut into words.
func composeTokens(s types.ServiceConfig) []string {
	all := slices.Concat([]string(s.Entrypoint), s.Command)
	if s.HealthCheck != nil {
		all = append(all, s.HealthCheck.Test...)
	}
	return strings.Fields(strings.Join(all, " "))
}

func TestComposeServices(t *testing.T) {
	want := []string{"clickhouse", "migrate", "redis", "schedule", "serve", "work"}
	if got := composeNames(composeLoad(t)); !slices.Equal(got, want) {
		t.Errorf("services without a profile: got %q, want %q", got, want)
	}
	want = append([]string{"clickhouse", "mail"}, want[1:]...)
	if got := composeNames(composeLoad(t, "dev")); !slices.Equal(got, want) {
		t.Errorf("services with profile dev: got %q, want %q", got, want)
	}
}

func TestComposeEveryServiceIsBounded(t *testing.T) {
	for name, s := range composeLoad(t, "dev").Services {
		if s.MemLimit <= 0 {
			t.Errorf("%s: got no mem_limit, want one", name)
		}
		if s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
			t.Errorf("%s: got logging %+v, want max-size and max-file", name, s.Logging)
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s: got security_opt %q, want no-new-privileges:true", name, s.SecurityOpt)
		}
		if s.Privileged || s.NetworkMode != "" || len(s.CapAdd) > 0 {
			t.Errorf("%s: got privileged %t, network_mode %q, cap_add %q, want none", name, s.Privileged, s.NetworkMode, s.CapAdd)
		}
		if composeOneShot(name) {
			if s.Restart != "no" {
				t.Errorf("%s: got restart %q, want no: it ends by itself", name, s.Restart)
			}
			continue
		}
		if s.Restart != types.RestartPolicyUnlessStopped {
			t.Errorf("%s: got restart %q, want unless-stopped", name, s.Restart)
		}
		if h := s.HealthCheck; h == nil || h.Disable || len(h.Test) < 2 || h.Interval == nil || h.Timeout == nil || h.Retries == nil {
			t.Errorf("%s: got health check %+v, want test, interval, timeout and retries", name, h)
		}
	}
}

func TestComposeImagesArePinned(t *testing.T) {
	exact := regexp.MustCompile(`:v?\d+\.\d+\.\d+[\w.-]*$`)
	for name, s := range composeLoad(t, "dev").Services {
		if slices.Contains(composeRoles, name) {
			if s.Build == nil || s.Image != "hamawaz:dev" {
				t.Errorf("%s: got image %q, build %v, want hamawaz:dev built here", name, s.Image, s.Build)
			}
		} else if s.Build != nil || !exact.MatchString(s.Image) {
			t.Errorf("%s: got image %q, want an exact version", name, s.Image)
		}
	}
}

// The image and the services agree on a user who is not root, and what needs no
// privilege has none.
func TestComposeRolesAreConfined(t *testing.T) {
	var user string
	var health bool
	for line := range strings.Lines(string(composeRead(t, "Dockerfile"))) {
		if after, ok := strings.CutPrefix(line, "USER "); ok {
			user = strings.TrimSpace(after)
		}
		health = health || strings.HasPrefix(line, "HEALTHCHECK ")
	}
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("Dockerfile: got last USER %q, want fixed numbers other than 0", user)
	}
	if !health {
		t.Error("Dockerfile: got no HEALTHCHECK, want one")
	}
	project := composeLoad(t)
	for _, name := range composeRoles {
		s := project.Services[name]
		if s.User != user {
			t.Errorf("%s: got user %q, want the image's %q", name, s.User, user)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s: got read_only %t, cap_drop %q, want true and ALL", name, s.ReadOnly, s.CapDrop)
		}
		if !slices.ContainsFunc(s.Tmpfs, func(m string) bool { return strings.HasPrefix(m, "/tmp:") }) {
			t.Errorf("%s: got tmpfs %q, want /tmp", name, s.Tmpfs)
		}
		if want := []string{name}; !slices.Equal(s.Command, want) || s.Entrypoint != nil {
			t.Errorf("%s: got entrypoint %q, command %q, want the image's and %q", name, s.Entrypoint, s.Command, want)
		}
	}
}

func TestComposeOrderOfStart(t *testing.T) {
	project := composeLoad(t)
	conditions := map[string]map[string]string{
		"migrate":  {"clickhouse": types.ServiceConditionHealthy},
		"serve":    {"migrate": types.ServiceConditionCompletedSuccessfully, "clickhouse": types.ServiceConditionHealthy, "redis": types.ServiceConditionHealthy},
		"work":     {"migrate": types.ServiceConditionCompletedSuccessfully, "clickhouse": types.ServiceConditionHealthy, "redis": types.ServiceConditionHealthy},
		"schedule": {"migrate": types.ServiceConditionCompletedSuccessfully, "clickhouse": types.ServiceConditionHealthy, "redis": types.ServiceConditionHealthy},
	}
	for name, want := range conditions {
		got := project.Services[name].DependsOn
		if len(got) != len(want) {
			t.Errorf("%s: got %d dependencies, want %d", name, len(got), len(want))
		}
		for on, condition := range want {
			if got[on].Condition != condition || !got[on].Required {
				t.Errorf("%s on %s: got condition %q, required %t, want %q, true", name, on, got[on].Condition, got[on].Required, condition)
			}
		}
	}
}

// Only the dashboard is to be reached, and from this machine alone; the mail
// catcher's page too where the profile asks for it.
func TestComposePublishesOnLoopback(t *testing.T) {
	for _, tt := range []struct {
		profiles []string
		want     map[string]uint32
	}{
		{nil, map[string]uint32{"serve": 8080}},
		{[]string{"dev"}, map[string]uint32{"serve": 8080, "mail": 8025}},
	} {
		project := composeLoad(t, tt.profiles...)
		got := map[string]uint32{}
		for name, s := range project.Services {
			for _, port := range s.Ports {
				got[name] = port.Target
				if ip, err := netip.ParseAddr(port.HostIP); err != nil || !ip.IsLoopback() {
					t.Errorf("%s: got port %d on %q, want a loopback address", name, port.Target, port.HostIP)
				}
			}
		}
		for name, port := range got {
			if tt.want[name] != port {
				t.Errorf("profiles %q: %s publishes %d, want %d", tt.profiles, name, port, tt.want[name])
			}
		}
		if len(got) != len(tt.want) {
			t.Errorf("profiles %q: got published ports %v, want %v", tt.profiles, got, tt.want)
		}
		for _, name := range []string{"clickhouse", "redis"} {
			for network := range project.Services[name].Networks {
				if !project.Networks[network].Internal {
					t.Errorf("%s: got network %s, which is not internal", name, network)
				}
			}
		}
	}
}

// Secrets are files: the environment holds their paths, and each is mounted.
func TestComposeSecretsAreFiles(t *testing.T) {
	project := composeLoad(t, "dev")
	sensitive := regexp.MustCompile(`(?i)(password|passwd|token|secret|api_?key|private_?key|credential)`)
	withPassword := regexp.MustCompile(`://[^/@]*:[^/@]+@`)
	for name, s := range project.Services {
		mounted := map[string]bool{}
		for _, secret := range s.Secrets {
			mounted["/run/secrets/"+secret.Source] = true
		}
		for key, value := range s.Environment {
			if value == nil {
				t.Errorf("%s: %s takes its value from the shell, want it from .env or a file", name, key)
				continue
			}
			if withPassword.MatchString(*value) {
				t.Errorf("%s: %s holds an address with a password, want a file", name, key)
			}
			if sensitive.MatchString(key) && (!strings.HasSuffix(key, "_FILE") || !mounted[*value]) {
				t.Errorf("%s: %s=%q, want a name that ends in _FILE and a secret mounted there", name, key, *value)
			}
		}
		for _, word := range composeTokens(s) {
			if path := regexp.MustCompile(`/run/secrets/\w+`).FindString(word); path != "" && !mounted[path] {
				t.Errorf("%s: reads %s, which is not mounted", name, path)
			}
		}
		if slices.Contains(composeTokens(s), "--requirepass") {
			t.Errorf("%s: the password stands on the command line", name)
		}
	}
	readme := string(composeRead(t, "docker-compose.yml"))
	for name, secret := range project.Secrets {
		if secret.Environment != "" || secret.Content != "" || filepath.Base(filepath.Dir(secret.File)) != ".secrets" {
			t.Errorf("secret %s: got %+v, want a file in .secrets", name, secret)
		}
		if !strings.Contains(readme, "> .secrets/"+filepath.Base(secret.File)) {
			t.Errorf("secret %s: the head of docker-compose.yml does not say how to make %s", name, secret.File)
		}
	}
	for _, name := range composeRoles {
		env := project.Services[name].Environment
		for _, key := range []string{"HAMAWAZ_CLICKHOUSE", "HAMAWAZ_CLICKHOUSE_PASSWORD_FILE", "HAMAWAZ_REDIS", "HAMAWAZ_REDIS_PASSWORD_FILE", "HAMAWAZ_ZONE"} {
			if env[key] == nil || *env[key] == "" {
				t.Errorf("%s: %s is not set", name, key)
			}
		}
	}
}

func TestComposeStoresSurviveRestart(t *testing.T) {
	project := composeLoad(t)
	command := strings.Join(composeTokens(project.Services["redis"]), " ")
	for _, want := range []string{"--appendonly yes", "--maxmemory-policy noeviction", "--dir /data"} {
		if !strings.Contains(command, want) {
			t.Errorf("redis: got command %q, want %q in it", command, want)
		}
	}
	for name, target := range map[string]string{"redis": "/data", "clickhouse": "/var/lib/clickhouse", "serve": "/var/lib/hamawaz"} {
		if !slices.ContainsFunc(project.Services[name].Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Type == types.VolumeTypeVolume && v.Source != "" && v.Target == target
		}) {
			t.Errorf("%s: got no named volume on %s, want one", name, target)
		}
	}
}

// What the stores may use fits into what their containers have.
func TestComposeMemoryFits(t *testing.T) {
	project := composeLoad(t)
	server := project.Configs["clickhouse_server"].Content
	found := regexp.MustCompile(`<max_server_memory_usage>(\d+)</max_server_memory_usage>`).FindStringSubmatch(server)
	if found == nil {
		t.Fatal("clickhouse: got no max_server_memory_usage, want one")
	}
	var usage types.UnitBytes
	if err := usage.DecodeMapstructure(found[1]); err != nil {
		t.Fatal(err)
	}
	if limit := project.Services["clickhouse"].MemLimit; usage >= limit {
		t.Errorf("clickhouse: got max_server_memory_usage %d, want less than mem_limit %d", usage, limit)
	}
	for _, setting := range []string{"mark_cache_size", "background_pool_size", "merge_tree"} {
		if !strings.Contains(server, "<"+setting+">") {
			t.Errorf("clickhouse: got no %s, want one", setting)
		}
	}
	users := project.Configs["clickhouse_users"].Content
	for _, part := range []string{"<max_threads>", `<default remove="remove"/>`, `<password_sha256_hex from_env="HAMAWAZ_PASSWORD_SHA256"/>`} {
		if !strings.Contains(users, part) {
			t.Errorf("clickhouse: got no %s in users.d, want it", part)
		}
	}
}

// Every variable that the file asks for is explained in .env.example, and the
// other way round.
func TestComposeExampleIsComplete(t *testing.T) {
	var asked, explained []string
	for _, m := range regexp.MustCompile(`(?:^|[^$])\$\{(\w+)`).FindAllStringSubmatch(string(composeRead(t, "docker-compose.yml")), -1) {
		asked = append(asked, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=`).FindAllStringSubmatch(string(composeRead(t, ".env.example")), -1) {
		explained = append(explained, m[1])
	}
	slices.Sort(asked)
	slices.Sort(explained)
	if asked = slices.Compact(asked); !slices.Equal(asked, explained) {
		t.Errorf("docker-compose.yml asks for %q, .env.example explains %q", asked, explained)
	}
}
