# seqrl::plugin is what a plugin builds against: headers, no libraries, for it uses those of the
# program that loads it.
#
# seqrl_host_plugins(TARGET) makes a program one that can load them: it keeps all of seqrl, also what
# it doesn't call itself, and shows it to the libraries that it opens. The layers stay static, so that
# calls between them cost what they did and there is one file to move.
function(seqrl_host_plugins target)
  set(layers configs models envs agents)
  if(TARGET seqrl_configs)
    list(TRANSFORM layers PREPEND seqrl_)
  else()
    list(TRANSFORM layers PREPEND seqrl::)
  endif()
  string(JOIN "," libraries ${layers})
  set_target_properties(${target} PROPERTIES
    ENABLE_EXPORTS ON LINK_LIBRARY_OVERRIDE "WHOLE_ARCHIVE,${libraries}")
endfunction()
