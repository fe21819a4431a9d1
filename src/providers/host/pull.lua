if @ANOTHER@ then return false end -- another branch
if type(branch) ~= "string" or #branch > 239 or branch:find(@ODD@) then return false end -- a name with other signs
if draft == true then return false end -- a draft
local wanted = @LABEL@
for _, found in ipairs(labels) do
  if found[label] == wanted then return true end
end
if wanted ~= "" then return false end -- without the label
return true
