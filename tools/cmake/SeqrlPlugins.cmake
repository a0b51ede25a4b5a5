# seqrl::plugin is the target for plugins: headers without libraries, because a plugin uses those of the
# program that loads it.
#
# seqrl_host_plugins(TARGET) lets a program load plugins: it keeps all of seqrl, including code that it does
# not call itself, and exports it to the libraries that it opens. The layers stay static, so that calls between
# them cost no more and there is one file to move.
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
