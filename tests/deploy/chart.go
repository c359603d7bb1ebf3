// Renders a chart's templates with the engine that Helm has, Go's text/template, and the few of Helm's functions that
// our chart uses.  Standard input is JSON: what templates see, and the templates by name; standard output is what each became.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/template"
)

type asked struct {
	Seen      map[string]any
	Templates map[string]string
}

func check(failed error) {
	if failed != nil {
		fmt.Fprintln(os.Stderr, failed)
		os.Exit(1)
	}
}

func main() {
	var chart asked
	check(json.NewDecoder(os.Stdin).Decode(&chart))
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(template.FuncMap{
		"include": func(name string, seen any) (string, error) {
			var text bytes.Buffer
			failed := all.ExecuteTemplate(&text, name, seen)
			return text.String(), failed
		},
		"required": func(why string, value any) (any, error) {
			if value == nil || value == "" {
				return nil, errors.New(why)
			}
			return value, nil
		},
		"fail": func(why string) (string, error) { return "", errors.New(why) },
		"default": func(other, value any) any {
			if truth, _ := template.IsTrue(value); truth {
				return value
			}
			return other
		},
		"toYaml": toYaml,
		"nindent": func(by int, text string) string {
			edge := "\n" + strings.Repeat(" ", by)
			return edge + strings.ReplaceAll(text, "\n", edge)
		},
		"quote":      func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"int":        func(value float64) int { return int(value) },
		"trunc":      func(to int, text string) string { return text[:min(to, len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
		"sha256sum":  func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
	})
	for name, text := range chart.Templates {
		_, failed := all.New(name).Parse(text)
		check(failed)
	}
	became := map[string]string{}
	for name := range chart.Templates {
		if strings.HasSuffix(name, ".yaml") {
			var text bytes.Buffer
			check(all.ExecuteTemplate(&text, name, chart.Seen))
			became[name] = text.String()
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(became))
}

// A line for each name, as others may stand beside them; what is within is JSON, which is YAML, too.
func toYaml(value any) (string, error) {
	named, is := value.(map[string]any)
	if !is || len(named) == 0 {
		text, failed := json.Marshal(value)
		return string(text), failed
	}
	var lines []string
	for name, inner := range named {
		text, failed := json.Marshal(inner)
		if failed != nil {
			return "", failed
		}
		lines = append(lines, fmt.Sprintf("%s: %s", name, text))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n"), nil
}

func min(one, other int) int {
	if one < other {
		return one
	}
	return other
}
