package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is one pod on the node: a network namespace, and a process in a root
// directory of its own for each container.
type pod struct {
	node *node
	obj  *corev1.Pod
	ip   string
	ns   string // network namespace
	link string // its end of the cable on the bridge
	dir  string

	ctx  context.Context
	stop context.CancelFunc
	done chan struct{} // closed when nothing of the pod runs any more

	mu       sync.Mutex
	started  metav1.Time
	statuses []corev1.ContainerStatus
}

func newPod(n *node, obj *corev1.Pod, number int) *pod {
	p := &pod{
		node: n,
		obj:  obj,
		ip:   fmt.Sprintf("10.244.%d.%d", number>>8&255, number&255),
		ns:   fmt.Sprintf("%s-pod-%d", n.cluster.name, number),
		link: fmt.Sprintf("pod%d", number),
		dir:  n.cluster.file("pods", string(obj.UID)),
		done: make(chan struct{}),
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	for _, c := range obj.Spec.Containers {
		p.statuses = append(p.statuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, State: waiting("ContainerCreating", ""), Started: new(bool),
		})
	}
	return p
}

func (p *pod) logPath(container string) string {
	return filepath.Join(p.dir, filepath.Base(container)+".log")
}

// run is the pod's life.
func (p *pod) run() {
	p.started = metav1.Now()
	var containers sync.WaitGroup
	if err := createPodNetwork(p.ns, p.link, p.ip); err != nil {
		log.Printf("%s/%s: %v", p.obj.Namespace, p.obj.Name, err)
	} else {
		p.report()
		for i := range p.obj.Spec.Containers {
			containers.Go(func() { p.runContainer(i) })
		}
	}
	containers.Wait()
	<-p.ctx.Done()
	close(p.done)
	if err := ip("", "netns del "+p.ns); err != nil {
		log.Print(err)
	}
	p.node.confirmDeleted(p.obj)
	_ = os.RemoveAll(p.dir)
}

// runContainer prepares one container, then starts its process as often as the
// restart policy says.
func (p *pod) runContainer(i int) {
	// This thread changes its namespaces, so it is not given back. As the
	// processes' parent it has to live as long as they do.
	runtime.LockOSThread()
	spec := &p.obj.Spec.Containers[i]
	var program string
	var env []string
	for delay := 200 * time.Millisecond; ; delay = min(2*delay, 2*time.Second) {
		var err error
		if program, err = p.node.program(spec.Image); err != nil {
			p.setState(i, waiting("ErrImagePull", err.Error()), false)
		} else if env, err = p.prepare(spec, program); err != nil {
			p.setState(i, waiting("ContainerCreating", err.Error()), false)
		} else {
			break
		}
		if p.sleep(delay) != nil {
			return
		}
	}
	output, err := newLogWriter(p.logPath(spec.Name))
	if err == nil {
		defer output.file.Close()
		err = errors.Join(enter(p.ns), unix.Unshare(unix.CLONE_NEWUTS), unix.Sethostname([]byte(p.obj.Name)))
	}
	for delay := time.Second; ; delay = min(2*delay, 30*time.Second) {
		if err == nil {
			err = p.runOnce(i, spec, program, env, output)
		}
		if p.ctx.Err() != nil {
			return
		}
		code := exitCode(err)
		policy := p.obj.Spec.RestartPolicy
		if policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure && code == 0 {
			p.setState(i, terminated(code, err), false)
			return
		}
		log.Printf("%s/%s: %s ended: %v", p.obj.Namespace, p.obj.Name, spec.Name, err)
		p.mu.Lock()
		p.statuses[i].LastTerminationState = terminated(code, err)
		p.statuses[i].RestartCount++
		p.mu.Unlock()
		p.setState(i, waiting("CrashLoopBackOff", fmt.Sprint(err)), false)
		if p.sleep(delay) != nil {
			return
		}
		err = nil
	}
}

// runOnce starts the process and waits for its end.
func (p *pod) runOnce(i int, spec *corev1.Container, program string, env []string, output *logWriter) error {
	args := append(slices.Clone(spec.Command), spec.Args...)
	if len(spec.Command) == 0 {
		args = append([]string{program}, args...)
	}
	cmd := &exec.Cmd{
		Path:   "/" + filepath.Base(program),
		Args:   args,
		Env:    env,
		Dir:    "/" + spec.WorkingDir,
		Stdout: output, Stderr: output,
		SysProcAttr: &syscall.SysProcAttr{Chroot: p.root(spec), Pdeathsig: syscall.SIGKILL, Setpgid: true},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.mu.Lock()
	p.statuses[i].ContainerID = fmt.Sprintf("rig://%d", cmd.Process.Pid)
	p.statuses[i].ImageID = "rig://" + filepath.Base(program)
	p.mu.Unlock()
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
	p.setState(i, running, spec.ReadinessProbe == nil)

	ended := make(chan struct{})
	if spec.ReadinessProbe != nil {
		go p.probe(i, spec, running, ended)
	}
	go func() {
		select {
		case <-ended:
			return
		case <-p.ctx.Done():
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		grace := 30 * time.Second
		if s := p.obj.Spec.TerminationGracePeriodSeconds; s != nil {
			grace = time.Duration(*s) * time.Second
		}
		select {
		case <-ended:
		case <-time.After(grace):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}()
	err := cmd.Wait()
	close(ended)
	return err
}

func (p *pod) sleep(d time.Duration) error {
	select {
	case <-p.ctx.Done():
		return p.ctx.Err()
	case <-time.After(d):
		return nil
	}
}
