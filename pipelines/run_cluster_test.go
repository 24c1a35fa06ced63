package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/internal/project"
)

// What cannot work is said by check already, though it connects to nothing and reveals no secret.
func TestClusterMistakes(t *testing.T) {
	for warehouse, says := range map[string]string{
		`trino://heliu@host:8080/iceberg`:                                                     "",
		`{location: "trino://heliu@host:8443/iceberg?SSL=true", password: "${P}"}`:            "",
		`trino://heliu@host:8080`:                                                             "must end in the name of one catalog",
		`trino://heliu@host:8080/iceberg?ssl=true`:                                            "only SSL=true",
		`{location: "trino://heliu@host:8080/iceberg", password: "${P}"}`:                     "a password works over TLS only",
		`{location: "trino://host:8443/iceberg?SSL=true", password: "${P}"}`:                  "no user",
		`{location: "trino://host:8443/iceberg?SSL=true", certificate: "${file:a.pem}"}`:      "its key go together",
		`{location: "trino://a@host:8443/iceberg?SSL=true", password: "${P}", token: "${T}"}`: "keep one",
	} {
		file := filepath.Join(t.TempDir(), "heliu.yaml")
		text := "name: acme\ntimezone: Asia/Shanghai\ncurrency: CNY\nlake: {location: s3://acme/lake, catalog: \"${C}\"}\nwarehouse: " + warehouse + "\n"
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := project.Load(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		err = clusterMistake(p)
		switch {
		case says == "" && err != nil:
			t.Errorf("%s: %v", warehouse, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "heliu.yaml: warehouse: ")):
			t.Errorf("%s: %v, want %q", warehouse, err, says)
		}
	}
}
