local push = event.body
if push == nil or push["X-GitHub-Event"] ~= "push" then return false end -- another event
if push.ref ~= @REF@ then return false end -- another branch
if push.deleted == true or push.head_commit == nil then return false end -- a deletion

local message = push.head_commit.message or ""
if message:find("[skip ci]", 1, true) or message:find("[ci skip]", 1, true) then return false end -- skipped by its message

local commits = push.commits or {}
local foreign = #commits == 0
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
