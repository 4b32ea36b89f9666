package agent

import (
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns src in the canonical form. A file that does not parse is returned as an error of type *Problems.
func Format(name string, src []byte) ([]byte, error) {
	parser := hclparse.NewParser()
	if _, diags := parser.ParseHCL(src, name); diags.HasErrors() {
		return nil, problems(fileSet{parser: parser, syntax: diags}, diags)
	}
	return hclwrite.Format(src), nil
}
