#!/usr/bin/env bash
# yolodeck info, from outside: what it says of models and files, and its exit status for what is none.
. "$(dirname "$0")/../support/lib.sh"
says() { # PATTERN NAME COMMAND …: exits 0 and prints it
    local pattern=$1 name=$2
    shift 2
    timeout 60 "$@" >"$W/says" 2>&1 && grep -qE "$pattern" "$W/says"
    say $? "$name"
}

says '270 layers, 7235389 parameters' "a shipped model by its name" "$Y" info yolov5s.yaml
says '^1\.1 GFLOPs at 320 pixels' "at another size" "$Y" info yolov5n.yaml --img-size 320
says '"parameters": *1872157' "as JSON" "$Y" info --json yolov5n.yaml

printf 'nc: 2\ndepth_multiple: fast\n' >"$W/odd.yaml"
fails_with 2 'odd.yaml:2: depth_multiple' "a wrong YAML: file and line" "$Y" info "$W/odd.yaml"
fails_with 2 'FILE' "no file named" "$Y" info
fails_with 2 'none.pt' "a file that is not there" "$Y" info "$W/none.pt"
mkdir "$W/folder.pt" && mkfifo "$W/pipe.pt"
fails_with 2 'folder.pt' "a folder" "$Y" info "$W/folder.pt"
fails_with 2 'pipe.pt' "a pipe" timeout 20 "$Y" info "$W/pipe.pt"
echo '<html>404</html>' >"$W/page.pt"
: >"$W/empty.pt"
{ printf 'PK\003\004'; head -c 100000 /dev/zero | tr '\0' '('; } >"$W/deep.pt"
fails_with 2 'page.pt' "a page of HTML" "$Y" info "$W/page.pt"
fails_with 2 'empty.pt' "an empty file" "$Y" info "$W/empty.pt"
fails_with 2 'deep.pt' "brackets without end" timeout 20 "$Y" info "$W/deep.pt"

weights=$S/../shared/weights/yolov5n.pt
if [ -r "$weights" ]; then
    says '270 layers, 1872157 parameters, .* 4\.5 GFLOPs' "official weights: counts" "$Y" info "$weights"
    # As product.md defines it, computed once with PyTorch.
    says 'state sha256 78bc9e646eba4fcc7c6e6140ea8955ea8819f2f02e491d7644fb47d5cf90c2d5' "official weights: state hash" "$Y" info "$weights"
    says 'classes 80: person, bicycle' "official weights: classes" "$Y" info "$weights"
    head -c 900000 "$weights" >"$W/cut.pt"
    fails_with 2 'cut.pt' "cut weights" "$Y" info "$W/cut.pt"
fi
done_testing
