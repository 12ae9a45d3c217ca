// What the API server's own code says to objects, without a cluster: the steps of its custom resource handler
// (apiextensions-apiserver, registry/customresource/strategy.go) one after the other.
// In: folders of CRDs as arguments, lines of {"new": object, "old": object or absent}. Out: lines of what it answers.
// The CRDs themselves are validated first, with the cost of their CEL rules.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"sigs.k8s.io/yaml"
)

type kind struct {
	structural *structuralschema.Structural
	validator  validation.SchemaValidator
	cel        *cel.Validator
	namespaced bool
}

func load(dirs []string) map[string]*kind {
	kinds := map[string]*kind{}
	for _, dir := range dirs {
		files, _ := filepath.Glob(dir + "/*.yaml")
		for _, f := range files {
			fh, _ := os.Open(f)
			r := utilyaml.NewYAMLReader(bufio.NewReader(fh))
			for {
				doc, err := r.Read()
				if err != nil {
					break
				}
				var crd v1.CustomResourceDefinition
				if yaml.Unmarshal(doc, &crd) != nil || crd.Kind != "CustomResourceDefinition" {
					continue
				}
				v1.SetDefaults_CustomResourceDefinition(&crd)
				v1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
				var internal apiextensions.CustomResourceDefinition
				if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&crd, &internal, nil); err != nil {
					panic(err)
				}
				for _, v := range crd.Spec.Versions {
					if v.Storage {
						internal.Status.StoredVersions = []string{v.Name}
					}
				}
				if errs := crdvalidation.ValidateCustomResourceDefinition(context.TODO(), &internal); len(errs) > 0 {
					fmt.Fprintln(os.Stderr, f, errs.ToAggregate())
					os.Exit(1)
				}
				for _, v := range crd.Spec.Versions {
					if !v.Served {
						continue
					}
					var props apiextensions.JSONSchemaProps
					if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &props, nil); err != nil {
						panic(err)
					}
					s, err := structuralschema.NewStructural(&props)
					if err != nil {
						panic(err)
					}
					sv, _, err := validation.NewSchemaValidator(&props)
					if err != nil {
						panic(err)
					}
					kinds[crd.Spec.Group+"/"+v.Name+"/"+crd.Spec.Names.Kind] = &kind{s, sv, cel.NewValidator(s, true, celconfig.PerCallLimit), crd.Spec.Scope == "Namespaced"}
				}
			}
		}
	}
	return kinds
}

func blocking(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

type input struct {
	New map[string]interface{} `json:"new"`
	Old map[string]interface{} `json:"old"`
}
type output struct {
	Kind    string                 `json:"kind"`
	Known   bool                   `json:"known"`
	Unknown []string               `json:"unknown"`
	Errors  []string               `json:"errors"`
	Object  map[string]interface{} `json:"object,omitempty"`
}

func check(k *kind, in input) (out output) {
	defer func() {
		if r := recover(); r != nil {
			out.Errors = append(out.Errors, fmt.Sprint("PANIC ", r))
		}
	}()
	u := &unstructured.Unstructured{Object: in.New}
	delete(u.Object, "status")
	opts := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	out.Unknown = structuralpruning.PruneWithOptions(u.Object, k.structural, true, opts)
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(u.Object, k.structural)
	structuraldefaulting.Default(u.Object, k.structural)
	delete(u.Object, "status")
	var errs field.ErrorList
	if in.Old == nil {
		errs = append(errs, apivalidation.ValidateObjectMetaAccessor(u, k.namespaced, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
		errs = append(errs, validation.ValidateCustomResource(nil, u.Object, k.validator)...)
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, u.Object)...)
		if k.cel != nil {
			if blocking(errs) {
				errs = append(errs, field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
			} else {
				e, _ := k.cel.Validate(context.TODO(), nil, k.structural, u.Object, nil, celconfig.RuntimeCELCostBudget)
				errs = append(errs, e...)
			}
		}
	} else {
		old := in.Old
		structuraldefaulting.Default(old, k.structural)
		corr := common.NewCorrelatedObject(u.Object, old, &model.Structural{Structural: k.structural})
		errs = append(errs, validation.ValidateCustomResourceUpdate(nil, u.Object, old, k.validator, validation.WithRatcheting(corr))...)
		if o := listtype.ValidateListSetsAndMaps(nil, k.structural, old); len(o) == 0 {
			errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, u.Object)...)
		}
		if k.cel != nil {
			if blocking(errs) {
				errs = append(errs, field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
			} else {
				e, _ := k.cel.Validate(context.TODO(), nil, k.structural, u.Object, old, celconfig.RuntimeCELCostBudget, cel.WithRatcheting(corr))
				errs = append(errs, e...)
			}
		}
	}
	for _, e := range errs {
		out.Errors = append(out.Errors, e.Error())
	}
	sort.Strings(out.Errors)
	if len(errs) == 0 {
		out.Object = u.Object
	}
	return out
}

func main() {
	kinds := load(os.Args[1:])
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<26)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var u unstructured.Unstructured
		var raw struct{ New, Old json.RawMessage }
		if err := json.Unmarshal(sc.Bytes(), &raw); err != nil {
			panic(err)
		}
		var in input
		in.New = map[string]interface{}{}
		if err := u.UnmarshalJSON(raw.New); err != nil {
			enc.Encode(output{Errors: []string{"DECODE " + err.Error()}, Known: true})
			continue
		}
		in.New = u.Object
		if len(raw.Old) > 0 && string(raw.Old) != "null" {
			var o unstructured.Unstructured
			if err := o.UnmarshalJSON(raw.Old); err != nil {
				panic(err)
			}
			in.Old = o.Object
		}
		gvk := u.GroupVersionKind()
		id := gvk.Group + "/" + gvk.Version + "/" + gvk.Kind
		k := kinds[id]
		if k == nil {
			enc.Encode(output{Kind: id})
			continue
		}
		out := check(k, in)
		out.Kind = id
		out.Known = true
		enc.Encode(out)
	}
}
