package corpus.failing

deny_number contains to_number(input.object.metadata.name)

deny_conflict := 1 if input.object.kind

deny_conflict := 2 if input.object.spec

deny_regex contains "x" if regex.match("[", input.object.metadata.name)
