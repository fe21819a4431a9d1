if message:find("[skip ci]", 1, true) or message:find("[ci skip]", 1, true) then return false end -- skipped by its message

local commits = push.commits or {}
@CUT-OFF@local foreign = #commits == 0
for _, commit in ipairs(commits) do
  if commit.author == nil or commit.author.email ~= @AUTHOR@ then foreign = true end
end
if not foreign then return false end -- the deliveries' own commits

local include, exclude = @INCLUDE@, @EXCLUDE@
local function matches(path, patterns)
  for _, pattern in ipairs(patterns) do
    if path:find(pattern) then return true end
  end
  return false
end
for _, commit in ipairs(commits) do
  for _, kind in ipairs({"added", "modified", "removed"}) do
    for _, path in ipairs(commit[kind] or {}) do
      if matches(path, include) and not matches(path, exclude) then return true end
    end
  end
end
return false -- no such files
