package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	root   = "../.."
	module = "uketsuke/"
)

// file is one Go file of the module.
type file struct {
	path    string // from the module's root, with slashes
	room    string // cmd, mailtemplates, or the folder's name below internal/
	test    bool
	imports []string
	ast     *ast.File
}

var (
	fset   = token.NewFileSet()
	parsed = sync.OnceValues(parseModule)
)

// sources are all Go files of the module, test data left out.
func sources(t *testing.T) []file {
	t.Helper()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d Go files found: this test looks at the wrong place", len(files))
	}
	return files
}

func parseModule() ([]file, error) {
	var all []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go"):
			return nil
		}
		a, err := parser.ParseFile(fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(rel), test: strings.HasSuffix(p, "_test.go"), ast: a}
		f.room = roomOf(module + path.Dir(f.path))
		for _, i := range a.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		all = append(all, f)
		return nil
	})
	return all, err
}

// roomOf is the room of an import path: sub-rooms belong to their room. "" is none of ours.
func roomOf(importPath string) string {
	rest, ours := strings.CutPrefix(importPath, module)
	if !ours {
		return ""
	}
	top, below, _ := strings.Cut(rest, "/")
	if top != "internal" {
		return top
	}
	room, _, _ := strings.Cut(below, "/")
	return room
}

// uses calls found for each name of a package that stands in a file, such as Now of time.
func (f file) uses(importPath string, found func(name string, at token.Position)) {
	local := ""
	for _, i := range f.ast.Imports {
		if strings.Trim(i.Path.Value, `"`) == importPath {
			if local = path.Base(importPath); i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
			found(s.Sel.Name, fset.Position(s.Pos()))
		}
		return true
	})
}
